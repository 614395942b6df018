"""How much the compiled core decides by itself: on the bench's sample, on the firm that is made up, on real data."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from bench import sample
from mapping.words import Verdict
from tests.compiled import records
from tests.cores import agree, needs_core

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = needs_core


def test_the_sample_of_the_bench_is_decided_by_the_core_alone():
    decided, left = agree(sample.policy(), list(sample.events(2_000)), NOON)

    assert {one.verdict for one in decided} == {Verdict.SEND}
    assert left == 0


def test_the_core_decides_nearly_all_of_a_firm_that_is_made_up(record_property):
    policy, events = records.made_up()
    decided, left = agree(policy, events, NOON)

    _report(record_property, Counter(one.verdict.value for one in decided), left)
    assert left <= len(events) // 20


@pytest.mark.skipif(not records.DATA.is_dir(), reason="the real data is not beside this clone")
def test_the_core_decides_nearly_all_of_the_real_data(record_property):
    policy, events = records.real_data()
    decided, left = agree(policy, events, NOON)

    _report(record_property, Counter(one.verdict.value for one in decided), left)
    assert left <= len(events) // 20


def _report(record_property, verdicts, left):
    total = sum(verdicts.values())
    record_property("left to Python", f"{left} of {total}")
    # What a run with -s, or a failure, shows.
    print(f"{total} events, {dict(verdicts)}; left to Python: {left} ({left / total:.1%})")  # noqa: T201
