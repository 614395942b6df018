"""A working folder, read: the settings in force and where each comes from, the connections, the people."""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ecluse.i18n import N_
from ecluse.secret import MASK, SecretError, is_reference, resolve, resolve_key
from ecluse.settings import FILE, PREFIX, Settings
from mapping.document import Document, read_document
from mapping.findings import Finding, Findings
from mapping.nearest import nearest
from mapping.place import Place, Span

SIZES = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))

#: What is expected of a setting, by its place; said when what stands there is something else.
WANTED = {
    "database": (N_("an address without a password"), "sqlite:///ecluse.db, file:PATH, env:NAME"),
    "key": (N_("a reference to a secret"), "file:ecluse.key, env:ECLUSE_KEY"),
    "runtime": (N_("a runtime"), "embedded, kafka"),
    "language": (N_("a language"), "fr, en"),
    "country": (N_("a country code"), "FR"),
    "listen": (N_("an address and a port"), "127.0.0.1:8080"),
    "links": (N_("a folder"), "links"),
    "people": (N_("a file"), "people.csv"),
    "approval": (N_("a number of people"), "one, two"),
    "deciders": (N_("up to twelve names"), "[anna.roux, bruno.petit]"),
    "mass_records": (N_("a number of records"), "1000"),
    "mass_percent": (N_("a share in percent"), "20"),
    "intervals": (N_("a duration"), "15s, 5m, 2h, 3d"),
    "kafka": (N_("what this setting of the broker may be"), "bootstrap: kafka-1:9093,kafka-2:9093"),
}


class BadFolderError(Exception):
    """A file of the working folder cannot be used; the findings say where and why."""

    def __init__(self, findings: tuple[Finding, ...], files: Mapping[str, str]) -> None:
        self.findings = findings
        self.files = files
        super().__init__(", ".join(f"{found.code} {found.file}:{found.line}" for found in findings))


class InForce(NamedTuple):
    """The settings, and for each name its origin: a variable, a line of the file, or "" where it is the default."""

    settings: Settings
    origins: Mapping[str, str]
    folder: Path

    def path(self, name: str) -> Path:
        return (self.folder / name).expanduser()

    def key(self) -> bytes:
        return resolve_key(self.settings.key, self.folder)

    def database(self) -> str:
        """The address of the database; a file of SQLite is sought in the working folder."""
        address = self.settings.database
        if is_reference(address):
            address = resolve(address, self.folder)
        relative = address.startswith("sqlite:///") and not address.startswith("sqlite:////")
        return f"sqlite:///{(self.folder / address.removeprefix('sqlite:///')).resolve()}" if relative else address


def read_folder(folder: Path, environment: Mapping[str, str] = os.environ) -> InForce:
    """Read the settings; raises BadFolderError with all that is wrong, in one go."""
    path = folder / FILE
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    found = Findings()
    document = read_mapping(text, FILE, found)
    settings = None
    if document.tree is not None and not found.errors:
        try:
            settings = Settings(**document.tree)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False, include_context=False):
                _find(problem, document.root, environment, found)
    if settings is None:
        raise BadFolderError(found.sorted(), {FILE: text})
    names = dict(_leaves(settings))
    return InForce(settings, {name: _origin(name, document.root, environment) for name in names}, folder)


def read_mapping(text: str, file: str, found: Findings) -> Document:
    """A file of keys and values; an empty one says nothing, and is fine."""
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
        return Document({}, Place(Span(file, 1, 1, 1)))
    return read_document(text, file, found)


def in_force(state: InForce) -> Iterator[tuple[str, str, str]]:
    """(name, value, origin) of every setting, secrets masked."""
    for name, value in _leaves(state.settings):
        yield name, _written(value), state.origins[name]


def _leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _written(value: Any) -> str:
    """As the file would have it."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        size, unit = next((size, unit) for size, unit in SIZES if seconds % size == 0)
        return f"{seconds // size}{unit}"
    return "" if value is None else str(value)


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace(".", "__")


def _origin(name: str, root: Place, environment: Mapping[str, str]) -> str:
    if _variable(name) in environment:
        return _variable(name)
    places = list(root.walk(name.split(".")))
    return f"{FILE}:{places[-1].word.line}" if len(places) == name.count(".") + 2 else ""


def _find(problem: Any, root: Place, environment: Mapping[str, str], found: Findings) -> None:
    path = tuple(str(part) for part in problem["loc"])
    name = ".".join(path)
    variable = _variable(name)
    place: Place | Span = root.at(*path)
    if variable in environment:
        place = Span(f"${variable}", 0, 0, 0)
    if problem["type"] == "extra_forbidden":
        known = sorted(Settings.model_fields)
        near = nearest(path[-1], known)
        span = place.name if isinstance(place, Place) else place
        found.add("E110", span, path=path, expected=known, nearest=near, word=path[-1], known=", ".join(known))
        return
    wanted, example = WANTED.get(path[0], (N_("a known setting"), ""))
    found.add("E115", place, path=path, word=name, wanted=wanted, example=example)


def read_secret(reference: str, folder: Path) -> str | SecretError:
    """A secret, or why it cannot be had: for those who only want to look."""
    try:
        return resolve(reference, folder)
    except SecretError as error:
        return error


__all__ = ["MASK", "BadFolderError", "InForce", "in_force", "read_folder", "read_mapping", "read_secret"]
