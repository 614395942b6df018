"""The power goes, 2,000 times: what was acknowledged is there, and the file is sound.

What this proves: the settings that `store.safety` puts on a connection, with the tables of the
store and the very INSERT of the log, leave no acknowledged row on the near side of a sync; and the
harness can tell, because with `synchronous = NORMAL` it does find rows missing. What it does not:
it drives them through apsw's SQLite, not through the standard library's; the groups are made here,
not by the writer's thread (`test_writer` has that, and `test_kill` the whole); and it does not
model a disk that lies about syncs, lost directory entries, or decay.
"""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from store import dialect, safety, schema
from tests.store.power_cuts import Image, images, recorded

SEED = 20261122
CUTS = 2000
GROUPS = 150

pytestmark = pytest.mark.crash


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a place: the disk is simulated."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def cut_images(folder: Path, migrated_file: Path, cuts: int, *also: str) -> Iterator[Image]:
    """Images of a disk on which groups of events were appended, with `also` executed after the store's own settings."""
    path, chance = folder / "ecluse.db", random.Random(SEED)
    shutil.copyfile(migrated_file, path)
    before = {path.name: path.read_bytes()}

    def append_groups(connection: apsw.Connection, acknowledge: Callable[..., None]) -> None:
        safety.prepare_sqlite(connection, writer=True)
        connection.execute("PRAGMA wal_autocheckpoint = 40")  # so that cuts fall into checkpoints as well
        for statement in also:
            connection.execute(statement)
        seq, columns = 0, tuple(schema.events.columns.keys())
        for _ in range(GROUPS):
            rows = []
            for _ in range(chance.randint(1, 6)):
                seq += 1
                body = chance.randbytes(chance.randint(50, 2000))
                rows.append(("nord", "nord-jp", "crm", seq, f"k{seq}", "t", "contact/1", "live", 1, 1, body))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(dialect._sqlite_insert("events", (), columns, 1), rows)
            connection.execute("COMMIT")
            acknowledge(*(row[4] for row in rows))

    steps = recorded(f"disk-{len(also)}", path, append_groups)
    assert {step.kind for step in steps} >= {"write", "sync", "acknowledged"}
    assert any(step.kind == "sync" and step.file == path.name for step in steps), "no checkpoint was met"
    yield from images(steps, before, cuts, chance)


def after(image: Image, folder: Path) -> tuple[str, set[str]]:
    """What SQLite says of the image, and the keys that it finds."""
    for old in folder.glob("cut.db*"):
        old.unlink()
    for name, content in image.files.items():
        (folder / name.replace("ecluse.db", "cut.db")).write_bytes(content)
    connection = sqlite3.connect(folder / "cut.db")
    try:
        check = str(connection.execute("PRAGMA quick_check").fetchone()[0])
        return check, {row[0] for row in connection.execute("SELECT key FROM events")}
    finally:
        connection.close()


def test_no_acknowledged_row_is_missing_after_a_power_cut(folder: Path, migrated_file: Path) -> None:
    cut = 0
    for image in cut_images(folder, migrated_file, CUTS):
        check, keys = after(image, folder)
        assert check == "ok"
        assert image.acknowledged <= keys
        cut += 1
    assert cut == CUTS


def test_the_harness_finds_the_rows_that_a_weaker_setting_loses(folder: Path, migrated_file: Path) -> None:
    lossy = 0
    for image in cut_images(folder, migrated_file, 100, "PRAGMA synchronous = NORMAL"):
        _, keys = after(image, folder)
        lossy += not image.acknowledged <= keys
    assert lossy > 50
