"""Where things stand in a link file: a tree of places beside the tree of values."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: From the top of the file to a value: ("fields", 3, "from").
Path = tuple[str | int, ...]


class Span(NamedTuple):
    """A word in a file. Lines and columns count from 1; `end_column` is the first column after the word."""

    file: str
    line: int
    column: int
    end_column: int


NOWHERE = Span("", 0, 0, 0)


class Place:
    """Where one value stands, the key that leads to it, and what is inside."""

    __slots__ = ("broken", "items", "key", "keys", "path", "value")

    def __init__(self, value: Span = NOWHERE, key: Span | None = None, path: Path = ()) -> None:
        self.value = value
        self.key = key
        #: How the file leads here; stays as it is when neighbours are taken away.
        self.path = path
        #: What a mapping holds, by key, or what a list holds, in order.
        self.keys: dict[str, Place] = {}
        self.items: list[Place] = []
        #: Something here was refused already: what else is wrong with it is its consequence.
        self.broken = False

    @property
    def word(self) -> Span:
        """What to point at: the value where it is one word, else the key that leads to it."""
        if self.key is not None and (self.keys or self.items or self.value.end_column <= self.value.column):
            return self.key
        return self.value

    @property
    def name(self) -> Span:
        """The key, or the value where no key leads here."""
        return self.key or self.value

    def step(self, part: str | int) -> "Place | None":
        """One step down, or None."""
        if isinstance(part, str):
            return self.keys.get(part)
        return self.items[part] if 0 <= part < len(self.items) else None

    def walk(self, path: Sequence[str | int]) -> Iterator["Place"]:
        """This place and those below it along a path, as far as the path leads."""
        here = self
        yield here
        for part in path:
            below = here.step(part)
            if below is None:
                return
            here = below
            yield here

    def at(self, *path: str | int) -> "Place":
        """The place at the end of a path, or the last one that exists."""
        return list(self.walk(path))[-1]

    def first(self) -> "Place":
        """The first entry of a mapping or list, or this place where it has none."""
        return next(iter(self.keys.values()), None) or next(iter(self.items), self)


def pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


__all__ = ["NOWHERE", "Path", "Place", "Span", "pointer"]
