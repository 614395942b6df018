"""A world on each database that Écluse runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.streams.world import KEK, World


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ecluse.db'}"
    url: str = request.getfixturevalue("fresh_database")
    return url


@pytest.fixture
def world(address: str, tmp_path: Path) -> Iterator[World]:
    database = Database.open(address, kek=KEK)
    database.migrate()
    world = World(database, tmp_path)
    yield world
    world.database.close()


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    database = Database.open(f"sqlite:///{tmp_path / 'ecluse.db'}", kek=KEK)
    database.migrate()
    world = World(database, tmp_path)
    yield world
    world.database.close()
