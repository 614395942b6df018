"""A partition that stands still is told from one that is idle, busy, given away, or at the end of what it may read."""

from hypothesis import given
from hypothesis import strategies as st

from streams.health import (
    LONGEST_LOOK_SECONDS,
    POSITION_SECONDS,
    Flaw,
    Place,
    Positions,
    Pulse,
    Sight,
)

FIRST, SECOND = Place("events", 0), Place("events", 1)
LOOK = 5.0

gaps = st.lists(st.floats(0.1, LONGEST_LOOK_SECONDS), min_size=1, max_size=60)
offsets = st.integers(0, 10_000)


def watched(*sights: Sight, place: Place = FIRST, every: float = LOOK) -> Positions:
    """A partition that these looks saw, one after the other."""
    positions = Positions()
    positions.assigned([FIRST, SECOND], 0.0)
    for number, sight in enumerate(sights):
        positions.saw(place, sight, number * every)
    return positions


def long_enough(sight: Sight) -> list[Sight]:
    return [sight] * (int(POSITION_SECONDS / LOOK) + 2)


@given(position=offsets, waits=st.lists(st.floats(0.1, 100_000.0), max_size=40))
def test_an_idle_partition_is_never_stalled(position: int, waits: list[float]) -> None:
    positions = Positions()
    positions.assigned([FIRST], 0.0)
    now = 0.0
    for wait in waits:
        now += wait
        positions.saw(FIRST, Sight(position, position), now)
        assert positions.stalled() == ()
        assert positions.stillest() == 0.0


@given(gaps=gaps, steps=st.lists(st.integers(1, 50), min_size=60, max_size=60), ahead=st.integers(1, 100_000))
def test_a_lag_that_only_grows_is_no_stall_while_the_position_moves(
    gaps: list[float], steps: list[int], ahead: int
) -> None:
    positions = Positions()
    positions.assigned([FIRST], 0.0)
    now, position = 0.0, 0
    for gap, step in zip(gaps, steps, strict=False):
        now, position = now + gap, position + step
        positions.saw(FIRST, Sight(position, position + ahead + round(now)), now)
        assert positions.stalled() == ()


@given(gaps=gaps, position=offsets, lag=st.integers(1, 1_000))
def test_a_lag_without_movement_is_a_stall_once_the_limit_has_passed_and_not_before(
    gaps: list[float], position: int, lag: int
) -> None:
    positions = Positions()
    positions.assigned([FIRST], 0.0)
    positions.saw(FIRST, Sight(position, position + lag), 0.0)
    now = 0.0
    for gap in gaps:
        now += gap
        positions.saw(FIRST, Sight(position, position + lag), now)
        if abs(now - POSITION_SECONDS) > 1e-6:
            assert bool(positions.stalled()) is (now > POSITION_SECONDS)


def test_with_a_look_every_five_seconds_a_stall_is_known_within_a_minute() -> None:
    pulse = Pulse(turned_at=0.0)
    pulse.positions.assigned([FIRST], 0.0)
    now = 0.0
    while pulse.live(now).ok:
        now += LOOK
        pulse.turned_at = now
        pulse.positions.saw(FIRST, Sight(7, 8), now)
    assert now <= 60.0
    assert pulse.live(now).flaws == ((Flaw.POSITION_STALLED, "events/0"),)


def test_it_is_named_which_one_stands_still_and_the_others_are_not() -> None:
    positions = watched(*long_enough(Sight(3, 9)), place=SECOND)
    assert positions.stalled() == (SECOND,)
    assert str(SECOND) == "events/1"


def test_a_partition_that_moves_again_is_well_again_at_once() -> None:
    positions = watched(*long_enough(Sight(3, 9)), Sight(4, 9))
    assert positions.stalled() == ()


def test_the_clock_starts_with_the_first_event_that_waits_not_with_the_last_that_was_read() -> None:
    positions = watched(Sight(9, 9), every=3_600.0)
    positions.saw(FIRST, Sight(9, 10), 3_600.0)
    assert positions.stillest() == 0.0


def test_a_batch_that_is_fetched_and_rolled_back_for_ever_moves_nothing() -> None:
    backwards_and_forwards = [Sight(10, 50), Sight(10, 50)] * len(long_enough(Sight(0, 0)))
    assert watched(*backwards_and_forwards).stalled() == (FIRST,)


def test_a_position_that_went_back_has_to_pass_where_it_was_before_that_counts() -> None:
    swinging = [Sight(10 if even else 5, 50) for even in (True, False) * len(long_enough(Sight(0, 0)))]
    assert watched(*swinging).stalled() == (FIRST,)


def test_a_rebalance_starts_every_clock_anew() -> None:
    positions = watched(*long_enough(Sight(3, 9)))
    positions.assigned([FIRST], 60.0)
    assert positions.stalled() == ()
    positions.saw(FIRST, Sight(3, 9), 60.0)
    positions.saw(FIRST, Sight(3, 9), 65.0)
    assert positions.stillest() == 5.0


def test_a_partition_that_went_to_another_worker_is_no_longer_ours_to_watch() -> None:
    positions = watched(*long_enough(Sight(3, 9)))
    positions.assigned([SECOND], 60.0)
    positions.saw(FIRST, Sight(3, 9), 65.0)
    positions.saw(FIRST, Sight(3, 9), 65.0 + 10 * POSITION_SECONDS)
    assert positions.stalled() == ()
    assert positions.lag("events") == 0


def test_the_marker_behind_the_last_transaction_is_no_lag_once_the_reader_has_met_the_end() -> None:
    read_all = Sight(position=100, end=101, met_end=101)
    assert read_all.lag == 0
    assert watched(*long_enough(read_all)).stalled() == ()


@given(markers=st.integers(1, 50), looks=st.integers(1, 40))
def test_aborted_events_at_the_end_of_the_log_are_no_false_alarm(markers: int, looks: int) -> None:
    positions = watched(*[Sight(100, 100 + markers, met_end=100 + markers)] * looks, every=LONGEST_LOOK_SECONDS)
    assert positions.stalled() == ()


def test_an_end_that_was_met_long_ago_hides_no_event_that_came_since() -> None:
    assert Sight(position=100, end=140, met_end=101).lag == 39
    assert watched(*long_enough(Sight(100, 140, 101))).stalled() == (FIRST,)


def test_what_an_open_transaction_has_written_is_nobodys_lag_yet() -> None:
    # The producer died in the middle: the log goes on to 150, the last stable offset stays at 100.
    assert watched(*long_enough(Sight(position=100, end=100))).stalled() == ()


def test_a_process_that_was_frozen_gets_its_time_when_it_wakes() -> None:
    positions = watched(Sight(3, 9), Sight(3, 9))
    positions.saw(FIRST, Sight(3, 9), 3_600.0)
    assert positions.stalled() == ()
    assert positions.stillest() == LOOK + LONGEST_LOOK_SECONDS


def test_while_the_database_is_away_nothing_counts_as_a_stall() -> None:
    positions = watched(*long_enough(Sight(3, 9)))
    positions.excused(60.0)
    assert positions.stalled() == ()
    positions.saw(FIRST, Sight(3, 9), 65.0)
    assert positions.stillest() == 5.0


def test_a_stream_has_the_limit_that_it_was_given() -> None:
    pulse = Pulse(turned_at=0.0)
    pulse.stream("carrier", 0.0, POSITION_SECONDS).has_work(0.0)
    pulse.turned_at = POSITION_SECONDS + 1.0
    assert pulse.live(pulse.turned_at).flaws == ((Flaw.STREAM_STALLED, "carrier"),)
