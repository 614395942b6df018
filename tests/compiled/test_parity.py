"""Whatever the policy and whatever the event, the compiled core says what Python says, or nothing."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.outbound import Outbound
from tests.compiled.strange import Strange
from tests.cores import agree, needs_core
from tests.policies import NOW

pytestmark = needs_core

SEEDS = 400
EVENTS_EACH = 30


def test_both_paths_say_the_same_of_thousands_of_strange_events():
    """400 policies, 30 events each, the same in every run. The core must have had to decide most by itself."""
    seen: Counter[str] = Counter()
    left = 0
    for seed in range(SEEDS):
        strange = Strange(seed)
        policy = strange.policy()
        decided, unsure = agree(policy, [strange.event(policy) for _ in range(EVENTS_EACH)], NOW)
        seen.update(one.reason.value for one in decided)
        left += unsure
    # What a run with -s, or a failure, shows.
    print(f"{seen.total()} events, {dict(seen)}; left to Python: {left / seen.total():.0%}")  # noqa: T201

    assert left < seen.total() / 2
    assert {"cleared", "egress_blocked", "outside_perimeter", "nothing_cleared", "malformed", "echo"} <= seen.keys()


@settings(max_examples=150)
@given(st.integers(SEEDS, 2**32))
def test_both_paths_say_the_same_of_other_strange_events_in_every_run(seed):
    strange = Strange(seed)
    policy = strange.policy()

    agree(policy, [strange.event(policy) for _ in range(EVENTS_EACH)], NOW)


@pytest.mark.parametrize("seed", range(10))
def test_order_and_size_of_a_batch_change_nothing(seed):
    strange = Strange(seed)
    policy = strange.policy()
    raws = [strange.event(policy) for _ in range(EVENTS_EACH)]
    outbound = Outbound(policy)

    whole = outbound.decide(raws, NOW)

    assert [outbound.decide([raw], NOW)[0] for raw in raws] == whole
    assert outbound.decide(raws[::-1], NOW) == whole[::-1]
