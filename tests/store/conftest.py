"""One suite over both engines: every test that asks for `database` runs on SQLite and on PostgreSQL."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from store.database import Database
from tests.services.postgres import Postgres
from tests.store.stories import KEK


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database.open(f"sqlite:///{path}", kek=KEK)
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    """Which of the two."""
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place without tables."""
    if engine == "postgresql":
        return str(request.getfixturevalue("fresh_database"))
    return f"sqlite:///{tmp_path}/ecluse.db"


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with tables and nothing in them, to be copied."""
    name = f"template_{uuid.uuid4().hex}"
    postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database = Database.open(postgres.url(name), kek=KEK)
    database.migrate()
    database.close()
    return name


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with tables."""
    if engine == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), tmp_path / "ecluse.db")
        yield f"sqlite:///{tmp_path}/ecluse.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    template = sql.Identifier(request.getfixturevalue("migrated_template"))
    name = f"test_{uuid.uuid4().hex}"
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
    yield server.url(name)
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database.open(url, kek=KEK, patience=2.0)
    yield database
    database.close()
