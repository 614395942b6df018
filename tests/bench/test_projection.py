"""What the peers do by hand is what Écluse decides, and what is measured is measured rightly."""

from datetime import UTC, datetime

import orjson
import pytest

from bench.kafka_contenders import expected, same_number
from bench.kafka_load import Load
from bench.kafka_run import Failed, Sample, figure
from bench.peers import projection
from bench.peers.mark import Mark, mark, marks
from bench.peers.projection import project
from bench.sample import EVENT_BYTES, events, policy
from streams import rhythm
from streams.outbound import Outbound

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_projection_by_hand_gives_what_ecluse_sends():
    batch = list(events(500))
    for raw, decision in zip(batch, Outbound(policy()).decide(batch, NOW), strict=True):
        key, body = project(raw)
        assert decision.command is not None
        sent = {name: decision.command.body[name] for name in ("campaign", "fields", "dial")}
        assert key.decode() == decision.command.record
        assert orjson.loads(body) == sent


@pytest.mark.parametrize("size", [EVENT_BYTES, 10_240])
def test_records_have_the_size_that_was_asked_for(size):
    assert {len(body) for body in events(20, size, tenants=7)} == {size}


def test_events_of_a_tenant_are_decided_under_its_own_link():
    for raw in events(6, tenants=3):
        link = orjson.loads(raw)["tenant"]
        (decision,) = Outbound(policy(link)).decide([raw], NOW)
        assert decision.verdict == "send"


def test_the_peers_look_for_garbage_as_seldom_as_ecluse_does():
    assert projection.COLLECTING == rhythm.COLLECTING


def test_what_has_to_come_out_is_known_by_key():
    assert list(expected(Load(3))) == [b"contact/0", b"contact/1", b"contact/2"]


@pytest.mark.parametrize(("came", "different"), [(9, 9), (11, 10), (10, 9)])
def test_a_record_lost_or_twice_gives_no_figure(came, different):
    same_number(10, 10, 10)
    with pytest.raises(Failed):
        same_number(10, came, different)


def test_time_counts_from_the_first_record_to_the_last():
    samples = [Sample(0.0, 0, 1.0, 50.0), Sample(5.0, 400, 3.0, 90.0), Sample(6.0, 1_000, 4.0, 80.0)]
    seen = figure(samples, 1_000, Mark(4.0, 2.0))
    assert seen.events_per_s == pytest.approx(500.0)
    assert seen.cpu_us_per_event == pytest.approx(2_000.0)
    assert seen.peak_rss_mb == 90.0


def test_where_the_first_record_cannot_be_seen_the_first_quarter_is_left_out():
    samples = [
        Sample(0.0, 0, 0.0, 1.0),
        Sample(4.0, 200, 3.0, 1.0),
        Sample(5.0, 500, 3.5, 1.0),
        Sample(6.0, 1_000, 4.0, 1.0),
    ]
    seen = figure(samples, 1_000, None)
    assert seen.events_per_s == pytest.approx(500.0)
    assert seen.cpu_us_per_event == pytest.approx(1_000.0)


def test_a_mark_is_read_back_as_it_was_made(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_MARK", str(tmp_path / "mark"))
    mark()
    (seen,) = marks(tmp_path / "mark").values()
    assert seen.at > 0
    assert seen.cpu > 0
