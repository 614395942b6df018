"""The worlds of the conformance suite: what both runtimes promise, on each run.

embedded-sqlite       one process, SQLite
embedded-postgresql   one process, PostgreSQL
kafka-1               one worker, a real broker, PostgreSQL
kafka-3               three workers in two groups, a real broker, PostgreSQL
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.kafka.settings import Broker
from tests.streams.conformance.runs import EMBEDDED, KAFKA, WORKERS, params
from tests.streams.conftest import a_world
from tests.streams.team import kafka_lead
from tests.streams.world import Lead, World, embedded

SESSION_SECONDS = 6.0


@pytest.fixture(params=params([*EMBEDDED, *KAFKA]))
def run(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def address(run: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if run == "embedded-sqlite":
        return f"sqlite:///{tmp_path / 'ecluse.db'}"
    url: str = request.getfixturevalue("fresh_database")
    return url


@pytest.fixture
def broker(run: str, request: pytest.FixtureRequest) -> Broker | None:
    """The broker of a run that has one, for this test alone."""
    if run not in KAFKA:
        return None
    return Broker(
        request.getfixturevalue("kafka").bootstrap,
        prefix=request.getfixturevalue("kafka_prefix"),
        partitions=4,
        replication=1,
        session_seconds=SESSION_SECONDS,
        development=True,
    )


@pytest.fixture
async def world(run: str, broker: Broker | None, address: str, tmp_path: Path) -> AsyncIterator[World]:
    lead: Lead = embedded if broker is None else kafka_lead(broker, WORKERS[run])
    with a_world(address, tmp_path, lead) as world:
        yield world
        await world.dismiss()
