"""Link files: found by path, by folder or by name, read, and compiled."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from connectors import registry
from connectors.faults import Misconfigured
from ecluse import connections as connections_file
from ecluse import report, shipped
from ecluse.command import Failure
from ecluse.folder import BadFolderError, read_folder
from ecluse.i18n import _
from ecluse.terminal import note
from mapping.document import BYTES_MAX, read_document
from mapping.findings import Finding, Findings
from mapping.nearest import nearest
from mapping.place import Place
from mapping.policy import Policy, compile_link
from mapping.reader import Around, read_link, uses
from mapping.sharing import PACKS
from mapping.words import Side

SUFFIXES = (".yaml", ".yml")


class Read(NamedTuple):
    """A link file as read: its policy, where nothing forbids it, and all that was found."""

    path: Path
    #: As the reader of a message knows it: relative where that is shorter.
    name: str
    policy: Policy | None
    findings: Sequence[Finding]
    #: The text of every file that was read for it, by its name in findings.
    sources: Mapping[str, str]
    #: Where every word of it stands.
    marks: Place


def find(asked: Sequence[str], folder: Path) -> list[Path]:
    """The link files meant: all of the working folder's where nothing is asked."""
    if asked:
        return [path for word in asked for path in _of(word, folder)]
    links = _links(folder)
    if not links:
        raise Failure(_("there is no link file in {folder}.", folder=str(_shelf(folder))))
    return links


def find_one(asked: str, folder: Path) -> Path:
    paths = _of(asked, folder)
    if len(paths) != 1:
        raise click.BadParameter(_("{folder} holds several links; name one.", folder=asked), param_hint="LINK")
    return paths[0]


def read(path: Path, folder: Path, *, around: bool = True) -> Read:
    """Read a link file and those it uses; beside the names of connectors and connections, unless told not to."""
    text, name = _text(path), _name(path, folder)
    used = uses(text)
    found = {word: file for word in used if (file := _shared(path, word, folder)) is not None}
    packs = shipped.texts() if any(word.startswith(PACKS) for word in used) else {}
    known = {word: _text(file) for word, file in found.items()} | packs
    reading = read_link(
        text, name, views=shows_views, shared=known,
        clashes={word: _name(file, folder) for word, file in found.items() if word in packs},
        around=_around(folder) if around else None,
    )  # fmt: skip
    policy = None
    if reading.link is not None:
        policy = compile_link(reading.link, views=shows_views(reading.link.dialer.connector))
    sources = {name: text, **{word: known[word] for word in used if word in known}}
    return Read(path, name, policy, reading.findings, sources, reading.marks)


def _name(path: Path, folder: Path) -> str:
    """As the working folder knows it, where it is in there."""
    inside = folder != Path() and path.is_relative_to(folder)
    return str(path.relative_to(folder) if inside else path)


def shows_views(connector: str) -> bool:
    """Whether a dialer shows different fields to different profiles; one that nobody knows does not."""
    try:
        return registry.connector(connector).views
    except (Misconfigured, ImportError):
        return False


def _around(folder: Path) -> Around:
    sides: dict[Side, list[str]] = {Side.CRM: [], Side.DIALER: []}
    for name in registry.names():
        try:
            sides[registry.connector(name).side].append(name)
        except (Misconfigured, ImportError):
            continue
    connections = None
    if (folder / connections_file.FILE).exists():
        try:
            connections = tuple(connections_file.read_connections(folder).by_name)
        except BadFolderError:
            connections = None
    return Around(sides[Side.CRM], sides[Side.DIALER], connections)


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[: 2 * BYTES_MAX].decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise Failure(_("{file} cannot be read: {problem}", file=str(path), problem=error.strerror)) from None


def _shared(path: Path, used: str, folder: Path) -> Path | None:
    """`use: roles/standard` is `roles/standard.yaml` of the working folder, or beside the link file."""
    places = (folder, path.parent)
    return next((found for at in places for end in SUFFIXES if (found := at / f"{used}{end}").is_file()), None)


class Accepted(NamedTuple):
    """A link file that nothing forbids."""

    read: Read
    policy: Policy


def policy_of(path: Path, folder: Path) -> Policy:
    """The policy of a link file; what forbids it goes to stderr, and the verb ends.

    Its digests are in form, and of this process alone: those that really leave are made under a secret of the database.
    """
    return replace(accepted(path, folder).policy, secret=os.urandom(32))


def accepted(path: Path, folder: Path) -> Accepted:
    """A link file and its policy; what forbids it goes to stderr, and the verb ends."""
    reading = read(path, folder, around=False)
    if reading.policy is None:
        for finding in reading.findings:
            for line in report.block(finding, reading.sources.get(finding.file, "")):
                note(line)
        note(report.summary(reading.findings, 1))
        raise Failure(_("{file} cannot be used as it is.", file=reading.name))
    return Accepted(reading, reading.policy)


def _shelf(folder: Path) -> Path:
    state = read_folder(folder)
    return state.path(state.settings.links)


def _links(folder: Path) -> list[Path]:
    return sorted(path for path in _shelf(folder).glob("*") if path.suffix in SUFFIXES and path.is_file())


def names(folder: Path) -> list[str]:
    """What the link files of the working folder call themselves, sound or not; none where there is no such folder."""
    try:
        paths = _links(folder)
    except BadFolderError:
        return []
    trees = [read_document(_text(path), path.name, Findings()).tree or {} for path in paths]
    return [str(tree["link"]) for tree in trees if isinstance(tree.get("link"), str)]


def _of(word: str, folder: Path) -> list[Path]:
    path = Path(word)
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(entry for entry in path.glob("*") if entry.suffix in SUFFIXES)
    known = {entry.stem: entry for entry in _links(folder)}
    if word in known:
        return [known[word]]
    message = _('there is no link "{name}", and no such file.', name=word)
    if near := nearest(word, known):
        message += " " + _('Did you mean "{word}"?', word=near)
    raise click.BadParameter(message, param_hint="LINK")
