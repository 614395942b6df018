"""`connections.yaml`: name -> the settings of its connector. Secrets only by reference: `file:PATH` or `env:NAME`.

What a connection may say is its connector's own business: each publishes a model of its settings,
and a field that holds a secret there is one here, which refuses anything but a reference.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from ecluse.folder import BadFolderError, read_mapping
from ecluse.i18n import N_
from ecluse.secret import is_reference, resolve
from mapping.findings import Findings
from mapping.nearest import nearest
from mapping.place import Place

FILE = "connections.yaml"
#: Ours, beside the connector's: requests a second, where it is not the connector's own.
RATE = "rate"


class Connection(NamedTuple):
    """One system's address and secrets, as written: references are not resolved yet."""

    name: str
    written: Mapping[str, Any]
    place: Place

    @property
    def rate(self) -> float | None:
        rate = self.written.get(RATE)
        return float(rate) if rate is not None else None


class Connections(NamedTuple):
    """All of a working folder."""

    by_name: Mapping[str, Connection]
    text: str

    def settings(self, name: str, model: type[BaseModel], folder: Path) -> BaseModel:
        """A connection's settings with its secrets in them; raises BadFolderError, or SecretError."""
        found = Findings()
        connection = self.by_name[name]
        written = {key: value for key, value in connection.written.items() if key != RATE or RATE in model.model_fields}
        values = _opened(written, model, connection.place, folder, found)
        if not found.errors:
            try:
                return model.model_validate(values)
            except ValidationError as error:
                for problem in error.errors(include_url=False, include_input=False, include_context=False):
                    _find(problem, connection, model, found)
        raise BadFolderError(found.sorted(), {FILE: self.text})


def read_connections(folder: Path) -> Connections:
    """The connections of a folder; none where the file is not there. Raises BadFolderError."""
    path = folder / FILE
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    found = Findings()
    document = read_mapping(text, FILE, found)
    for name, value in (document.tree or {}).items():
        if not isinstance(value, dict):
            wanted = N_("a connection's settings")
            found.add("E114", document.root.at(name), wanted=wanted, example="{base_url: https://…}")
    if found.errors or document.tree is None:
        raise BadFolderError(found.sorted(), {FILE: text})
    return Connections(
        {name: Connection(name, value, document.root.at(name)) for name, value in document.tree.items()}, text
    )


def _opened(written: Mapping[str, Any], model: type[BaseModel], place: Place, folder: Path, found: Findings) -> Any:
    """What was written, the secrets that it names put in; what should be a reference and is not is a finding."""
    values: dict[str, Any] = {}
    for key, value in written.items():
        field = model.model_fields.get(key)
        inner = _model_in(field.annotation) if field else None
        if field is not None and field.annotation is Path and isinstance(value, str):
            values[key] = folder / value
        elif inner is not None and isinstance(value, dict):
            values[key] = _opened(value, inner, place.at(key), folder, found)
        elif field is not None and isinstance(value, str) and Path in (field.annotation, *get_args(field.annotation)):
            values[key] = folder / value  # where the file says so, not where the command was given
        elif field is None or value is None or not _holds_secret(field.annotation):
            values[key] = value
        elif all(is_reference(item) for item in (value if isinstance(value, list) else [value])):
            values[key] = [resolve(one, folder) for one in value] if isinstance(value, list) else resolve(value, folder)
        else:
            wanted = N_("a reference to a secret")
            found.add("E115", place.at(key), word=key, wanted=wanted, example="file:PATH, env:NAME")
    return values


def references(written: Any) -> Iterator[str]:
    """Every reference to a secret in what was written."""
    if isinstance(written, dict | list):
        for value in written.values() if isinstance(written, dict) else written:
            yield from references(value)
    elif is_reference(written):
        yield str(written)


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _find(problem: Any, connection: Connection, model: type[BaseModel], found: Findings) -> None:
    path = tuple(part for part in problem["loc"] if isinstance(part, str | int))
    name = str(path[0]) if path else connection.name
    place = connection.place.at(*path)
    where = (connection.name, *path)
    if problem["type"] == "missing":
        found.add("E111", connection.place.name, path=where, word=f"{connection.name}.{name}")
        return
    known = sorted(model.model_fields)
    if problem["type"] == "extra_forbidden":
        near = nearest(name, known)
        found.add("E110", place.name, path=where, expected=known, nearest=near, word=name, known=", ".join(known))
        return
    wanted = N_("what this setting takes")
    described = model.model_fields[name].description if name in model.model_fields else ""
    found.add("E115", place, path=where, word=f"{connection.name}.{name}", wanted=wanted, example=described or name)
