"""What goes over the broker reads back as it was, and nothing else is taken for it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka import wire

names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(
    lambda text: len(text.encode()) < 256
)
SECRET = bytes(range(32))
numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(st.sampled_from([wire.EVENT, wire.DECISION]), names, names, numbers, numbers, st.binary(max_size=200))
def test_a_message_reads_back_as_it_was(kind: int, tenant: str, link: str, seq: int, key_id: int, body: bytes) -> None:
    told = wire.read(kind, wire.message(kind, tenant, link, seq, key_id, body))
    assert told == wire.Carried(tenant, link, seq, key_id, body)
    assert wire.heads(kind, tenant, link)(seq, key_id) + body == wire.message(kind, tenant, link, seq, key_id, body)


def test_one_kind_is_not_taken_for_the_other() -> None:
    with pytest.raises(wire.Garbled):
        wire.read(wire.DECISION, wire.message(wire.EVENT, "nord", "nord", 1, 1, b"sealed"))


@pytest.mark.parametrize("value", [None, b"", b"\x01", b"\x01\xff", b"{}", b"\x01\x02\xff\xfe\x01a" + bytes(20)])
def test_what_a_stranger_wrote_is_garbled(value: bytes | None) -> None:
    with pytest.raises(wire.Garbled):
        wire.read(wire.EVENT, value)


@pytest.mark.parametrize(
    "head",
    [
        ("", "x", 1, 0),
        ("x", "", 1, 0),
        ("a\0b", "x", 1, 1),
        ("x", "\n", 1, 1),
        ("x", "y", 2**63, 1),
        ("x", "y", 1, 2**63),
    ],
)
def test_what_no_database_would_take_for_a_name_or_a_number_is_garbled(head: tuple[str, str, int, int]) -> None:
    """A keyring that is asked for such a key fails, and whoever asked would ask again for ever."""
    for kind in (wire.EVENT, wire.DECISION):
        with pytest.raises(wire.Garbled):
            wire.read(kind, wire.message(kind, *head, b"sealed"))


@given(st.binary(max_size=400))
def test_whatever_bytes_arrive_nothing_but_garbled_is_raised(value: bytes) -> None:
    for kind in (wire.EVENT, wire.DECISION):
        with contextlib.suppress(wire.Garbled):
            wire.read(kind, value)


@given(st.data())
def test_an_event_cut_short_in_its_head_is_garbled(data: st.DataObject) -> None:
    whole = wire.message(wire.EVENT, "nord", "lien", 7, 9, b"")
    cut = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    with pytest.raises(wire.Garbled):
        wire.read(wire.EVENT, whole[:cut])


def test_a_message_of_a_record_shows_nothing_that_could_be_tried_against_a_list_of_records() -> None:
    key = wire.record_key(SECRET, "contact/4711")
    assert b"4711" not in key
    assert len(key) == wire.KEY_BYTES
    assert key != wire.record_key(bytes(32), "contact/4711")


def test_records_spread_over_all_partitions_and_stay_where_they_are() -> None:
    places = [wire.partition_of(wire.record_key(SECRET, f"contact/{n}"), 12) for n in range(5_000)]
    assert set(places) == set(range(12))
    assert max(places.count(n) for n in range(12)) < 2 * 5_000 / 12
    assert places[:50] == [wire.partition_of(wire.record_key(SECRET, f"contact/{n}"), 12) for n in range(50)]


def test_links_spread_over_all_partitions() -> None:
    assert {wire.partition_of_link("t", f"lien-{n}", 12) for n in range(1_000)} == set(range(12))
