"""A disk that remembers which writes were synced, and what is left of it when the power goes.

A VFS below SQLite records every write, truncation and sync of the database and its WAL. An image of
the disk at some moment then holds everything that was synced before, plus of what was not a random
part: each write whole, torn at a sector, or not at all.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512


class Step(NamedTuple):
    """One thing that happened, in order. `kind`: write, truncate, sync, delete or acknowledged."""

    kind: str
    file: str
    at: int = 0
    data: bytes = b""
    keys: tuple[str, ...] = ()


class Disk(apsw.VFS):
    """Records all that goes through it."""

    def __init__(self, name: str) -> None:
        self.steps: list[Step] = []
        super().__init__(name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> "Recorded":  # noqa: N802 - SQLite's name
        return Recorded(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's name
        self.steps.append(Step("delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class Recorded(apsw.VFSFile):
    """A file of the database or its WAL."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.label = Path(name.filename() if isinstance(name, apsw.URIFilename) else str(name)).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self.disk.steps.append(Step("write", self.label, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self.disk.steps.append(Step("truncate", self.label, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self.disk.steps.append(Step("sync", self.label))
        super().xSync(flags)


class Image(NamedTuple):
    """What is on the disk after a power cut, and what had been acknowledged before it."""

    files: dict[str, bytes]
    acknowledged: frozenset[str]


def images(steps: list[Step], before: dict[str, bytes], count: int, chance: random.Random) -> Iterator[Image]:
    """Cut the power `count` times, at random moments, in the order of these."""
    moments = sorted(chance.randrange(len(steps) + 1) for _ in range(count))
    synced = {name: bytearray(content) for name, content in before.items()}
    loose: list[Step] = []
    acknowledged: set[str] = set()
    done = 0
    for moment in moments:
        for step in steps[done:moment]:
            if step.kind == "acknowledged":
                acknowledged.update(step.keys)
            elif step.kind == "sync":
                for each in loose:
                    if each.file == step.file:
                        _apply(synced, each)
                loose = [each for each in loose if each.file != step.file]
            else:
                loose.append(step)
        done = moment
        yield Image(_torn(synced, loose, chance), frozenset(acknowledged))


def _apply(files: dict[str, bytearray], step: Step) -> None:
    if step.kind == "delete":
        files.pop(step.file, None)
        return
    content = files.setdefault(step.file, bytearray())
    if step.kind == "truncate":
        del content[step.at :]
        return
    if len(content) < step.at:
        content.extend(bytes(step.at - len(content)))
    content[step.at : step.at + len(step.data)] = step.data


def _torn(synced: dict[str, bytearray], loose: list[Step], chance: random.Random) -> dict[str, bytes]:
    files = {name: bytearray(content) for name, content in synced.items()}
    for step in loose:
        fate = chance.random()
        if fate < 0.4:
            continue
        if fate > 0.9 and step.kind == "write" and len(step.data) > SECTOR:
            kept = chance.randrange(1, len(step.data) // SECTOR) * SECTOR if len(step.data) >= 2 * SECTOR else SECTOR
            step = step._replace(data=step.data[:kept])  # noqa: PLW2901 - what is left of it
        _apply(files, step)
    return {name: bytes(content) for name, content in files.items()}


def recorded(name: str, path: Path, work: Callable[[apsw.Connection, Callable[..., None]], None]) -> list[Step]:
    """What `work` does to the database at `path`; it calls its second argument with the keys it acknowledges."""
    disk = Disk(name)
    connection = apsw.Connection(str(path), vfs=name)
    try:
        work(connection, lambda *keys: disk.steps.append(Step("acknowledged", "", keys=keys)))
        return list(disk.steps)
    finally:
        connection.close()
        disk.unregister()
