"""The checks of `ecluse doctor`, each with its cause and what to do about it. No value of a record, no secret."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ecluse.access import connections_checked
from ecluse.broker import broker_checked
from ecluse.check import Check, Level, of_files
from ecluse.folder import BadFolderError, InForce
from ecluse.i18n import _, number
from ecluse.links import Read, find, read
from ecluse.people import read_people
from ecluse.secret import SecretError, resolve_key, too_open
from ecluse.standing import Compared, Standing, compared
from mapping.policy import Policy
from store.core import VERSION, Use
from store.database import Database
from store.errors import SchemaMismatch, StoreError
from streams import compiled

FREE_BYTES = 1024**3
#: Before this, the clock of this machine was never set.
SANE_SECONDS = 1_760_000_000


def of_installation(state: InForce, *, online: bool) -> Iterator[Check]:
    """Everything, in the order in which it has to be mended."""
    yield from _key(state)
    yield from _database(state)
    yield from broker_checked(state, online=online)
    readings: list[Read] = []
    yield from _links(state, readings)
    yield from _people(state, readings)
    yield from connections_checked(state, readings, online=online)
    yield from _core()
    yield from _machine(state)


def _key(state: InForce) -> Iterator[Check]:
    reference = state.settings.key
    try:
        resolve_key(reference, state.folder)
    except SecretError as error:
        action = _("`ecluse init` makes one; a lost key cannot be made again, so look for its copy first")
        yield Check("key", Level.WRONG, _("key: {reference}", reference=reference), error.code, action)
        return
    if too_open(reference, state.folder):
        name = reference.partition(":")[2]
        yield Check("key_open", Level.WRONG, _("key: others may read it"), "", f"chmod 600 {name}")
    else:
        yield Check("key", Level.FINE, _("key: there, 32 bytes, its owner's alone"))


def _database(state: InForce) -> Iterator[Check]:
    try:
        address, key = state.database(), state.key()
    except SecretError as error:
        yield Check("database", Level.WRONG, _("database: not looked at"), str(error))
        return
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        yield Check("database", Level.WARNING, _("database: not there yet"), "", _("`ecluse run` makes it"))
        return
    try:
        database = Database.open(address, kek=key)
        with database.read():
            pass
        strength = "WAL, synchronous=FULL" if database.dialect == "sqlite" else "fsync, synchronous_commit"
        yield Check("database", Level.FINE, _("database: {dialect}, safe ({strength}), migrations at head",
                                              dialect=database.dialect, strength=strength))  # fmt: skip
        database.close()
    except SchemaMismatch as error:
        yield Check("migrations", Level.WRONG, _("database: its tables are not those of this version"), error.code,
                    _("`ecluse run` brings an older one up to date; a newer one needs a newer Écluse"))  # fmt: skip
    except StoreError as error:
        yield Check("database", Level.WRONG, _("database: refused"), error.code, _("see docs/operations/storage.md"))


def _links(state: InForce, readings: list[Read]) -> Iterator[Check]:
    try:
        readings += [read(path, state.folder) for path in find((), state.folder)]
    except click.ClickException as error:
        yield Check("links", Level.WRONG, _("links: none"), error.message, "ecluse init")
    standings = _standings(state, [reading.policy for reading in readings if reading.policy is not None])
    for reading in readings:
        if reading.policy is None:
            action = f"ecluse check {reading.name}"
            yield Check("link", Level.WRONG, _("link {file}: refused", file=reading.name), "", action)
        else:
            policy = reading.policy
            title = _("link {name}: revision {revision}", name=policy.link, revision=policy.revision)
            found = standings.get(policy.link)
            if found is None or found.live is None or found.standing is Standing.IN_FORCE:
                yield Check("link", Level.FINE, title)
            else:
                action = f"ecluse apply {policy.link}"
                cause = _("in force is {revision}, decided by {who}", revision=found.live.revision,
                          who=found.live.decided_by)  # fmt: skip
                yield Check("link_not_in_force", Level.WARNING, title, cause, action)


def _standings(state: InForce, policies: Sequence[Policy]) -> dict[str, Compared]:
    """How each file stands to the register; nothing, where the database cannot be asked."""
    try:
        address = state.database()
        if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
            return {}
        database = Database.open(address, kek=state.key())
    except (SecretError, StoreError):
        return {}
    try:
        return {policy.link: compared(policy, database) for policy in policies}
    except StoreError:
        return {}
    finally:
        database.close()


def _people(state: InForce, readings: list[Read]) -> Iterator[Check]:
    path = state.path(state.settings.people)
    if not path.is_file():
        yield Check("people", Level.WARNING, _("people: no {file}", file=state.settings.people), "",
                    _("fine where the dialer sends them; else nobody's word is believed"))  # fmt: skip
        return
    try:
        people = read_people(path)
    except BadFolderError as error:
        yield from of_files(error)
        return
    known = {name for reading in readings if reading.policy for name in reading.policy.profiles}
    lost = [row for row in people if row.profile not in known]
    if not people:
        yield Check("people", Level.WARNING, _("people: {file} is empty", file=path.name), "",
                    _("fine where the dialer sends them; else nobody's word is believed"))  # fmt: skip
    elif lost and known:
        profiles = ", ".join(sorted({row.profile for row in lost}))
        yield Check("people", Level.WRONG, _("people: {count} without a profile", count=len(lost)),
                    _("no link maps {profiles}: they see nothing, and their word is refused", profiles=profiles),
                    _("map the profile in the link, or correct {file}", file=path.name))  # fmt: skip
    else:
        yield Check("people", Level.FINE, _("people: {count}, each with a profile", count=number(len(people))))


def _core() -> Iterator[Check]:
    """Who decides what goes out: the compiled core, or Python alone."""
    match compiled.IN_FORCE:
        case Use.COMPILED:
            yield Check("core", Level.FINE, _("decisions: compiled core {version}", version=VERSION))
        case Use.ASKED:
            yield Check("core", Level.FINE, _("decisions: Python alone, as ECLUSE_PURE asks"))
        case Use.ABSENT:
            yield Check("core", Level.FINE, _("decisions: Python alone, without the compiled core"),
                        _("the same decisions, slower; docs/compiled.md says how the core is built"))  # fmt: skip
        case Use.OTHER_VERSION:
            yield Check("core", Level.WARNING, _("decisions: Python alone; the compiled core is of another version"),
                        "", _("install the one of version {version}", version=VERSION))  # fmt: skip


def _machine(state: InForce) -> Iterator[Check]:
    free = shutil.disk_usage(state.folder).free
    gib = f"{free / 1024**3:.1f}"
    level = Level.FINE if free >= FREE_BYTES else Level.WARNING
    yield Check("disk", level, _("disk: {size} GiB free", size=gib), "", "" if free >= FREE_BYTES else _("make room"))
    if time.time() < SANE_SECONDS:
        yield Check("clock", Level.WRONG, _("clock: it is set to the past"), "", _("set the time of this machine"))
    else:
        yield Check("clock", Level.FINE, _("clock: {now}", now=time.strftime("%Y-%m-%d %H:%M:%S %z")))
    if not os.access(state.folder, os.W_OK):
        yield Check("folder", Level.WRONG, _("folder: it cannot be written to"))
