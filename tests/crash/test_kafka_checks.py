"""Workers with a mistake put in by hand: the same run finds it, so that finding nothing is worth something."""

from pathlib import Path

import pytest

from tests.crash.fleet import fleet
from tests.crash.site import Load
from tests.crash.systems import ROUGH
from tests.services.kafka import Kafka

pytestmark = pytest.mark.crash

#: Few contacts, changed all the time: some events of one record follow each other closely.
BUSY = Load(contacts=4, callers=1, edit_seconds=0.05, call_seconds=0.1, edits_at_once=2)
KILLS = 8
#: Whether a kill strikes while something is under way is chance: what is found for good is waited for.
MOST_KILLS = 20
#: What happened twice, or in another order, did: what comes later does not mend it, and need not be waited for.
FOR_GOOD = (": twice: ", ": order: ")


# What is found for good ends the test at once: connections that were just being opened are never awaited.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("flaw", "fault"), [("forgets", ": stale: "), ("renames", ": twice: "), ("overtakes", ": order: ")]
)
async def test_a_mistake_is_found(
    tmp_path: Path, fresh_database: str, kafka: Kafka, kafka_prefix: str, flaw: str, fault: str
) -> None:
    async with fleet(tmp_path / "ecluse", fresh_database, kafka, kafka_prefix, 9, BUSY) as crew:
        stage = crew.stage
        await crew.open("one", "two")
        stage.storm(ROUGH)
        for worker in ("one", "two"):
            await crew.leave(worker)
            await crew.join(worker, flaw)
        for _ in range(MOST_KILLS if fault in FOR_GOOD else KILLS):
            await (await crew.join("three", flaw)).works()
            await stage.until(lambda: False, seconds=1.0)
            await crew.kill("three")
            if fault in FOR_GOOD and any(fault in one for one in stage.faults()):
                break
        else:
            await crew.settle(seconds=10.0)
        crew.print_figures(flaw)
        found = stage.faults()
        assert any(fault in one for one in found), found[:10]
