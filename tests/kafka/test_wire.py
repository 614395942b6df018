"""What goes over the broker reads back as it was, and nothing else is taken for it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka import wire

names = st.text(min_size=1, max_size=60).filter(lambda text: len(text.encode()) < 256)
numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(names, names, numbers, numbers, st.text(max_size=256), st.binary(max_size=200))
def test_an_event_reads_back_as_it_was(tenant: str, link: str, seq: int, key_id: int, key: str, sealed: bytes) -> None:
    told = wire.read(wire.EVENT, wire.event(tenant, link, seq, key_id, key, sealed))
    assert told == wire.Carried(tenant, link, seq, key_id, key, sealed)


@given(names, names, numbers, numbers, st.binary(max_size=200))
def test_a_decision_reads_back_as_it_was(tenant: str, link: str, seq: int, key_id: int, sealed: bytes) -> None:
    told = wire.read(wire.DECISION, wire.decision(tenant, link, seq, key_id, sealed))
    assert told == wire.Carried(tenant, link, seq, key_id, "", sealed)


def test_one_kind_is_not_taken_for_the_other() -> None:
    with pytest.raises(wire.Garbled):
        wire.read(wire.DECISION, wire.event("nord", "nord", 1, 1, "e", b"sealed"))


@pytest.mark.parametrize("value", [None, b"", b"\x01", b"\x01\xff", b"{}", b"\x01\x02\xff\xfe\x01a" + bytes(20)])
def test_what_a_stranger_wrote_is_garbled(value: bytes | None) -> None:
    with pytest.raises(wire.Garbled):
        wire.read(wire.EVENT, value)


@given(st.binary(max_size=400))
def test_whatever_bytes_arrive_nothing_but_garbled_is_raised(value: bytes) -> None:
    for kind in (wire.EVENT, wire.DECISION):
        with contextlib.suppress(wire.Garbled):
            wire.read(kind, value)


@given(st.data())
def test_an_event_cut_short_in_its_head_is_garbled(data: st.DataObject) -> None:
    whole = wire.event("nord", "lien", 7, 9, "an-event-of-its-own", b"")
    cut = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    with pytest.raises(wire.Garbled):
        wire.read(wire.EVENT, whole[:cut])


def test_the_head_names_no_record() -> None:
    key = wire.record_key("nord", "lien", "contact/4711")
    assert b"4711" not in key
    assert len(key) == wire.KEY_BYTES


def test_records_spread_over_all_partitions_and_stay_where_they_are() -> None:
    places = [wire.partition_of(wire.record_key("nord", "lien", f"contact/{n}"), 12) for n in range(5_000)]
    assert set(places) == set(range(12))
    assert max(places.count(n) for n in range(12)) < 2 * 5_000 / 12
    assert places[:50] == [wire.partition_of(wire.record_key("nord", "lien", f"contact/{n}"), 12) for n in range(50)]


def test_links_spread_over_all_partitions() -> None:
    assert {wire.partition_of_link("t", f"lien-{n}", 12) for n in range(1_000)} == set(range(12))
