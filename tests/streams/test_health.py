"""Health tells the truth: a restart is asked for only where it would help."""

from streams.health import LOOP_SECONDS, STALL_SECONDS, Flaw, Pulse


def test_a_loop_that_turns_is_live() -> None:
    pulse = Pulse(turned_at=0.0)
    assert pulse.live(LOOP_SECONDS).ok
    assert pulse.live(LOOP_SECONDS + 0.1).flaws == ((Flaw.LOOP_BLOCKED, ""),)


def test_a_stream_that_has_work_and_stands_still_is_not_live() -> None:
    pulse = Pulse(turned_at=1_000.0)
    stream = pulse.stream("nord/crm/decide", 0.0)
    assert pulse.live(1_000.0).ok, "it has nothing to do"
    stream.has_work(900.0)
    assert pulse.live(1_000.0).ok
    pulse.turned_at = 900.0 + STALL_SECONDS + 1.0
    assert pulse.live(pulse.turned_at).flaws == ((Flaw.STREAM_STALLED, "nord/crm/decide"),)
    stream.advanced(pulse.turned_at)
    assert pulse.live(pulse.turned_at).ok


def test_a_stream_that_finds_nothing_is_idle_for_as_long_as_it_likes() -> None:
    pulse = Pulse(turned_at=10_000.0)
    stream = pulse.stream("nord/crm/deliver", 0.0)
    stream.has_work(1.0)
    stream.idle(2.0)
    assert pulse.live(10_000.0).ok


def test_while_a_process_was_frozen_no_stream_stood_still() -> None:
    """Nobody moved, for nobody could. What had stood still before goes on to be counted from there."""
    pulse = Pulse(turned_at=0.0)
    stream = pulse.stream("nord/crm/decide", 0.0)
    stream.has_work(0.0)
    pulse.turns(3.0)
    pulse.turns(3.0 + 10 * STALL_SECONDS)
    assert pulse.live(pulse.turned_at).ok
    for second in range(int(STALL_SECONDS)):
        pulse.turns(3.0 + 10 * STALL_SECONDS + second)
    assert pulse.live(pulse.turned_at).flaws == ((Flaw.STREAM_STALLED, "nord/crm/decide"),)


def test_a_stream_that_is_over_is_nobodys_trouble() -> None:
    """Its link is another process's now, and it may have been in the middle of something when it was cut off."""
    pulse = Pulse(turned_at=0.0)
    pulse.stream("nord/crm/decide", 0.0).has_work(0.0)
    pulse.over("nord/crm/decide")
    pulse.over("nord/crm/deliver")
    assert pulse.stalled(10 * STALL_SECONDS) == ()


def test_readiness_names_what_is_missing() -> None:
    pulse = Pulse(turned_at=0.0)
    assert pulse.ready(writable=True, at_head=True, disk_ok=True).flaws == ((Flaw.NOT_STARTED, ""),)
    pulse.started = True
    assert pulse.ready(writable=True, at_head=True, disk_ok=True).ok
    flaws = {flaw for flaw, _ in pulse.ready(writable=False, at_head=False, disk_ok=False).flaws}
    assert flaws == {Flaw.DATABASE_UNWRITABLE, Flaw.SCHEMA_NOT_AT_HEAD, Flaw.DISK_FULL}
    pulse.stopping = True
    assert pulse.ready(writable=True, at_head=True, disk_ok=True).as_dict() == {
        "ok": False,
        "flaws": [{"flaw": "stopping", "where": ""}],
    }
