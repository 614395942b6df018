"""Rows from outside: a bad one is put aside, and no error says what was in it."""

import traceback
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from connectors.faults import Malformed
from connectors.port import Reject, Row
from connectors.records import Instant, VendorModel, packed, parsed, sifted, unpacked
from mapping.words import Object

PHONE = "06 07 08 09 10"


class LeadRow(VendorModel):
    id: int
    updated_at: Instant
    tags: dict[str, int] = Field(default_factory=dict)


def read(item: Mapping[str, Any]) -> Row:
    lead = parsed(LeadRow, item)
    return Row(Object.CONTACT, str(lead.id), {}, {}, {}, lead.updated_at.isoformat())


def test_a_row_is_read_and_what_nobody_asked_for_is_left_alone() -> None:
    lead = parsed(LeadRow, {"id": 7, "updated_at": "2026-11-20T10:00:00+01:00", "margin": 12})
    assert lead.model_dump().keys() == {"id", "updated_at", "tags"}


@pytest.mark.parametrize(
    "value",
    ["+33123456789", 1795329595, "1795329595", "2026-11-20T10:00:00", "2026-11-20", "", None, True, "soon", "12:00"],
)
def test_only_rfc_3339_with_an_offset_is_an_instant(value: object) -> None:
    with pytest.raises(Malformed, match="wrong_shape: updated_at"):
        parsed(LeadRow, {"id": 7, "updated_at": value})


def test_an_error_names_fields_and_holds_no_value() -> None:
    with pytest.raises(Malformed) as caught:
        parsed(LeadRow, {"id": PHONE, "tags": {PHONE: "x"}})
    assert set(caught.value.fields) == {"id", "updated_at", "tags"}
    assert PHONE not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("data", [None, [], "0607080910", 7])
def test_what_is_no_object_is_malformed_too(data: object) -> None:
    with pytest.raises(Malformed) as caught:
        parsed(LeadRow, data)
    assert (caught.value.code, caught.value.fields) == ("wrong_shape", ())


def test_a_bad_row_does_not_stop_its_page() -> None:
    good: Mapping[str, Any] = {"id": 1, "updated_at": "2026-11-20T10:00:00Z"}
    rows, rejects = sifted([good, {"id": "x"}, {**good, "id": 3}], read, lambda item: str(item["id"]))
    assert [row.key for row in rows] == ["1", "3"]
    assert rejects == [Reject("x", "wrong_shape", ("id", "updated_at"))]


@given(
    st.sets(
        st.one_of(
            st.integers(0, 10**25).map(str), st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)
        )
    )
)
def test_a_packed_set_of_keys_comes_back(keys: set[str]) -> None:
    assert unpacked(packed(keys)) == keys


def test_a_hundred_thousand_ids_in_a_row_are_short() -> None:
    assert len(packed(map(str, range(1, 100_000)))) < 1000


@pytest.mark.parametrize("text", ["", "x", "é", "cm?TVS"])
def test_a_cursor_that_was_tampered_with_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="bad_cursor"):
        unpacked(text)
