"""What may stand at a place of a link file: told from the models, so that it cannot differ from them."""

from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from mapping.link import Link, Project
from mapping.words import Object

#: Where a file stands in for `Project.where`: its conditions are written beside `starts` and `ends`.
PROJECTS: Final = ("perimeter", "projects")
OWNER_FIELDS: Final = ("owner.id", "owner.team", "owner.territory")
OBJECTS: Final = tuple(item.value for item in Object)


@lru_cache(maxsize=1024)
def keys_at(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that are known at a path: of a model, or of a mapping whose keys are a closed set."""
    kind = _kind_at(path)
    if get_origin(kind) is list:  # one of several may stand alone
        kind = _bare(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        names = tuple(field.alias or name for name, field in kind.model_fields.items())
        names = tuple(name for name in names if kind is not Project or name != "where")
        return names if path else (*names, "use")
    if get_origin(kind) is dict:
        key = _bare(get_args(kind)[0])
        if isinstance(key, type) and issubclass(key, Enum):
            return tuple(item.value for item in key)
    return ()


def _kind_at(path: tuple[str | int, ...]) -> Any:
    kind: Any = Link
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            kind = _bare(fields[part].annotation) if part in fields else None
        elif get_origin(kind) is dict:
            kind = _bare(get_args(kind)[1])
        elif get_origin(kind) is list:
            kind = _bare(get_args(kind)[0])
        else:
            return None
    return kind


def _bare(kind: Any) -> Any:
    """A type without what was annotated to it, and without None."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        others = [one for one in get_args(kind) if one is not NoneType]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def for_models(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree as the models want it: conditions of projects moved under `where`."""
    perimeter = tree.get("perimeter")
    projects = perimeter.get("projects") if isinstance(perimeter, dict) else None
    if not isinstance(perimeter, dict) or not isinstance(projects, dict):
        return tree
    moved = {name: _project(body) if isinstance(body, dict) else body for name, body in projects.items()}
    return {**tree, "perimeter": {**perimeter, "projects": moved}}


def _project(body: dict[str, Any]) -> dict[str, Any]:
    where = {key: value for key, value in body.items() if "." in key}
    # A `where` that someone wrote is unknown: conditions are written in one way only.
    others = {("where " if key == "where" else key): value for key, value in body.items() if "." not in key}
    return {**others, "where": where}


def from_models(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A path of the models as a path of the file: the way back from `for_models`."""
    if len(loc) > 3 and loc[:2] == PROJECTS:
        if loc[3] == "where":
            return (*loc[:3], *loc[4:])
        if loc[3] == "where ":
            return (*loc[:3], "where", *loc[4:])
    return loc


__all__ = ["OBJECTS", "OWNER_FIELDS", "PROJECTS", "for_models", "from_models", "keys_at"]
