"""Why no offset of Faust's is proof of anything here: faust-streaming#606, as a standing test of the installed release.

Faust commits up to the end of the first unbroken run of acknowledged offsets. It does not ask whether that
run begins where it last committed: a message that is still being worked on just before the run is passed
over, and lost if the process ends then. So Faust carries no event of ours (`streams/kafka/host.py`); the carrier
and the keeper commit for themselves, and `conformance/test_broker.py` holds them to it.

When this fails, a release has mended it. Then say so in `docs/`, and leave the design as it is until a
release has also mended what the same function does with gaps, and with commits that fail.
"""

from collections import defaultdict
from importlib.metadata import version

import pytest
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

PLACE = TP("decisions", 0)


def a_consumer(committed: int, acknowledged: list[int]) -> Consumer:
    """One that has committed so far, and had these messages acknowledged since; without app, broker or loop."""
    consumer: Consumer = Consumer.__new__(Consumer)
    consumer._gap = defaultdict(list)
    consumer._acked = defaultdict(list, {PLACE: list(acknowledged)})
    consumer._acked_index = defaultdict(set, {PLACE: set(acknowledged)})
    consumer._committed_offset = defaultdict(lambda: None, {PLACE: committed})
    return consumer


def test_faust_still_commits_past_a_message_in_flight() -> None:
    """2585 is the next to be committed and is still being worked on; the four after it are done."""
    consumer = a_consumer(committed=2585, acknowledged=[2586, 2587, 2588, 2589])
    assert consumer._new_offset(PLACE) == 2590, f"mended in {version('faust-streaming')}"
    assert consumer._should_commit(PLACE, 2590)


@pytest.mark.parametrize(
    ("acknowledged", "new"), [([2585, 2586], 2587), ([2585, 2587], 2586), ([2587, 2588], None), ([], None)]
)
def test_faust_commits_what_is_done_where_the_gap_is_elsewhere(acknowledged: list[int], new: int | None) -> None:
    """The rest of the rule, so that a change of it is noticed too."""
    assert a_consumer(2585, acknowledged)._new_offset(PLACE) == new
