"""A world on each database that Écluse runs on, with the embedded runtime. `conformance/` has one for each run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.database import Database
from tests.streams.world import KEK, Lead, World, embedded


@contextmanager
def a_world(address: str, folder: Path, lead: Lead = embedded) -> Iterator[World]:
    database = Database.open(address, kek=KEK)
    database.migrate()
    world = World(database, folder, address, lead=lead)
    yield world
    world.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ecluse.db'}"
    url: str = request.getfixturevalue("fresh_database")
    return url


@pytest.fixture
def world(address: str, tmp_path: Path) -> Iterator[World]:
    with a_world(address, tmp_path) as world:
        yield world


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    with a_world(f"sqlite:///{tmp_path / 'ecluse.db'}", tmp_path) as world:
        yield world
