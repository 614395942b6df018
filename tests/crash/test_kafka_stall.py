"""A worker that stands still although it has work: it is noticed, gives up its place, and all is well again."""

import signal
import time
from pathlib import Path

import pytest

from tests.crash.fleet import PATIENCE_SECONDS, STALLED, fleet
from tests.crash.site import Load
from tests.services.kafka import Kafka

pytestmark = pytest.mark.crash

LOAD = Load(contacts=20, callers=1, edit_seconds=0.1, call_seconds=1.0, edits_at_once=2)


async def test_a_worker_whose_carrier_hangs_gives_up_and_the_rest_goes_on(
    tmp_path: Path, fresh_database: str, kafka: Kafka, kafka_prefix: str
) -> None:
    """It stays in its groups and beats: only that it stands still tells. The long form has production's limit."""
    async with fleet(tmp_path / "ecluse", fresh_database, kafka, kafka_prefix, 10, LOAD) as crew:
        await crew.open("one")
        hanging = await crew.join("two", "hangs")
        await hanging.works()
        await crew.moves(effects=3)
        began = time.monotonic()
        hanging.signal(signal.SIGUSR1)
        assert await crew.stage.until(lambda: hanging.has_said(*STALLED), seconds=PATIENCE_SECONDS)
        noticed = time.monotonic() - began
        await crew.ended(hanging)
        ended = time.monotonic() - began
        crew.dismiss("two")
        await crew.join("two")
        await crew.moves(effects=3)
        well = time.monotonic() - began
        await crew.settle()
        crew.print_figures(f"noticed after {noticed:.0f} s, ended after {ended:.0f} s, well after {well:.0f} s")
        assert crew.stage.faults() == []
