"""The register as people read it: every revision with its motive and its signatures, and what still waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from ecluse.command import Failure
from ecluse.folder import InForce, read_folder
from ecluse.i18n import _
from ecluse.rulings import policy_of_text
from ecluse.tracks import State, state
from ecluse.wiring import begun, current, database_of, stored
from ecluse.words import when
from mapping.nearest import nearest
from mapping.policy import Policy
from store import register, requests
from store.database import Database
from store.register import Live
from store.requests import Act, Request, Signature
from streams.rollout import Unfit

EVERY = 1_000_000


class Entry(NamedTuple):
    """A revision as it came into force. `request`: None for one from before there were requests."""

    live: Live
    request: Request | None

    def by(self, act: Act) -> Signature | None:
        return self.request.signed(act) if self.request else None


class Book(NamedTuple):
    """The register of one link."""

    tenant: str
    link: str
    #: Newest first.
    entries: list[Entry]
    #: Requests that are not in force: they wait, were rejected or overtaken.
    open: list[Request]

    @property
    def number(self) -> int:
        """Of the revision in force."""
        return self.entries[0].live.number if self.entries else 0

    def entry(self, number: int | None) -> Entry:
        """A revision by its number, the newest without one. Raises Failure."""
        found = [one for one in self.entries if number is None or one.live.number == number]
        if not found:
            raise Failure(_("{link}: the register has no revision {number}.", link=self.link, number=number or "–"))
        return found[0]

    def waiting(self, number: int | None) -> Request:
        """A request that waits, the only one without a number. Raises Failure."""
        all_ = [one for one in self.open if state(one, self.number) is State.WAITING]
        found = [one for one in all_ if number is None or one.number == number]
        if len(found) != 1:
            known = ", ".join(str(one.number) for one in all_) or "–"
            raise Failure(_("{link}: say which request waits; these do: {known}.", link=self.link, known=known))
        return found[0]


class Shelf(NamedTuple):
    """A working folder with its database open, for the verbs of the register."""

    state: InForce
    database: Database

    def book(self, link: str) -> Book:
        """The register of a link, by its name alone: its file may be gone."""
        with self.database.read() as conn:
            tenant = _tenant(conn, link)
            asked = requests.listing(conn, tenant, link, EVERY)
            published = {sign.figure: one for one in asked if (sign := one.signed(Act.PUBLISHED))}
            history = register.history(conn, tenant, link, EVERY)
        entries = [Entry(live, published.get(live.number)) for live in history]
        return Book(tenant, link, entries, [one for one in asked if one.signed(Act.PUBLISHED) is None])


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """The registers of an installation, for as long as a verb needs them."""
    settings = read_folder(folder)
    if not begun(settings):
        raise Failure(_("nothing ran here yet, so there is no database: `ecluse run` makes it."))
    database = database_of(settings)
    try:
        with stored():
            yield Shelf(settings, current(database))
    finally:
        database.close()


def readable(text: str, revision: str) -> Policy:
    """What is on record of a revision, compiled. Raises Failure."""
    try:
        return policy_of_text(text, revision)
    except Unfit as unfit:
        raise Failure(
            _(
                "revision {revision} cannot be read by this version: {code}.",
                revision=revision, code=unfit.obstacle.value,
            )
        ) from None  # fmt: skip


def _tenant(conn: Connection, link: str) -> str:
    known = {*register.links(conn), *requests.links(conn)}
    found = [tenant for tenant, name in sorted(known) if name == link]
    if len(found) == 1:
        return found[0]
    message = _('the register knows no link "{name}".', name=link)
    near = nearest(link, [name for _tenant, name in known])
    raise Failure(message + (" " + _('Did you mean "{word}"?', word=near) if near else ""))


#: The columns of an export, as `row` fills them.
COLUMNS = (
    "number", "revision", "in_force_since", "date", "decided_by", "reason", "track", "parts", "proposed_by",
    "approved_by", "approved_because", "volume_accepted_by", "volume_accepted",
)  # fmt: skip


def row(entry: Entry) -> tuple[str, ...]:
    """One revision, a cell for each of COLUMNS."""
    live, asked = entry.live, entry.request.asked if entry.request else None
    proposed, approved, accepted = map(entry.by, (Act.PROPOSED, Act.APPROVED, Act.VOLUME_ACCEPTED))
    return (
        str(live.number), live.revision, when(live.made_live_at, machine=True), live.date.isoformat(), live.decided_by,
        live.reason, asked.track.value if asked else "", " ".join(asked.parts) if asked else "", _who(proposed),
        _who(approved), approved.reason if approved else "", _who(accepted), str(accepted.figure) if accepted else "",
    )  # fmt: skip


def _who(one: Signature | None) -> str:
    return "" if one is None else one.name if one.account == one.name else f"{one.name} ({one.account})"
