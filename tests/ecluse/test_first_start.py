"""Machines that start at the same moment, where the register is empty: the first revision goes on record once."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from ecluse.links import accepted
from ecluse.rulings import source_of
from ecluse.settings import Settings
from ecluse.starting import settle
from store import register
from store.database import Database
from tests.ecluse.conftest import Run

KEK = bytes(range(32))
MACHINES = 3
SECONDS = 30.0
#: Reads go on, and whoever wants to write waits.
GATE = text("LOCK TABLE requests IN EXCLUSIVE MODE")
AT_THE_GATE = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST('requests' AS regclass)")


def until_all_wait(gate: Connection) -> None:
    deadline = time.monotonic() + SECONDS
    while gate.execute(AT_THE_GATE).scalar_one() < MACHINES:
        assert time.monotonic() < deadline, "they never came to write"


def test_machines_that_start_at_once_put_the_first_revision_on_record_once(
    fresh_database: str, tmp_path: Path, ecluse: Run
) -> None:
    """All of them saw an empty register before any of them wrote."""
    assert ecluse("-C", tmp_path, "init", "--link", "nord", "--crm", "csv", "--dialer", "open_dialer").code == 0
    read, policy = accepted(tmp_path / "links" / "nord.yaml", tmp_path)
    machines = [Database.open(fresh_database, kek=KEK) for _ in range(MACHINES)]
    machines[0].migrate()
    start = partial(settle, policy, source_of(read), people=[], settings=Settings(approval="one"), register_first=True)
    engine = create_engine(fresh_database)
    with ThreadPoolExecutor(MACHINES) as pool, engine.connect() as gate:
        gate.execute(GATE)
        starts = [pool.submit(start, database=machine) for machine in machines]
        until_all_wait(gate)
        gate.rollback()
        assert {started.result(SECONDS).revision for started in starts} == {policy.revision}
    engine.dispose()
    with machines[0].read() as conn:
        assert [live.revision for live in register.history(conn, policy.tenant, policy.link)] == [policy.revision]
    for machine in machines:
        machine.close()
