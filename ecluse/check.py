"""What one look of `ecluse doctor` says: how bad it is, its cause, and what to do."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from ecluse.folder import BadFolderError
from ecluse.i18n import _


class Level(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"


class Check(NamedTuple):
    """One thing that was looked at."""

    code: str
    level: Level
    title: str
    cause: str = ""
    action: str = ""

    def as_dict(self) -> dict[str, str]:
        return {**self._asdict(), "level": self.level.value}


def of_files(error: BadFolderError) -> Iterator[Check]:
    """Files that cannot be read at all."""
    for found in error.findings:
        place = f"{found.file}:{found.line}"
        yield Check(f"file_{found.code}", Level.WRONG, f"{place}  {found.message(_)}", "", found.notes[-1].text(_))
