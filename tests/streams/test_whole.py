"""A contact, its account, one opportunity, its owner: joined the same way each time."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from typing import Any, NamedTuple

import orjson
import pytest

from mapping.words import EventType, Object
from streams import whole


class Row(NamedTuple):
    object: Object
    key: str
    fields: Mapping[str, Any]
    refs: Mapping[str, str] = {}
    owner: Mapping[str, str] = {}
    version: str = ""


def opportunity(key: str, version: str = "", *, stage: str = "Prospecting", contact: str = "") -> Row:
    refs = {"account": "7"} | ({"contact": contact} if contact else {})
    return Row(Object.OPPORTUNITY, key, {"stage": stage}, refs, {}, version)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([opportunity("1")], "1"),
        ([opportunity("1"), opportunity("2", contact="42")], "2"),
        ([opportunity("1", contact="43")], None),
        ([opportunity("1", "2026-11-20"), opportunity("2", "2026-11-19")], "1"),
        ([opportunity("1", "9"), opportunity("2", "10")], "2"),
        ([opportunity("9"), opportunity("10")], "10"),
        ([opportunity("1", "9" * 5_000), opportunity("2", "8" * 5_000)], "1"),
        ([opportunity("1", "2026-11-20", stage="Lost"), opportunity("2", "2026-01-01")], "2"),
        ([opportunity("1", "2026-11-20", stage="Lost"), opportunity("2", "2026-01-01", stage="won")], "1"),
    ],
)
def test_every_reader_picks_the_same_opportunity(candidates: list[Row], chosen: str | None) -> None:
    for order in permutations(candidates):
        found = whole.opportunity_of("42", order)
        assert (found.key if found else None) == chosen


def test_a_contact_without_account_is_whole_too() -> None:
    contact = Row(Object.CONTACT, "42", {"phone": "+33123456789"})
    assert whole.data_of(contact, None, None) == {
        "contact": {"phone": "+33123456789", "id": "42"},
        "account": {},
        "opportunity": {},
        "owner": {},
    }


def test_the_owner_is_the_nearest_one() -> None:
    contact = Row(Object.CONTACT, "42", {})
    account = Row(Object.ACCOUNT, "7", {}, owner={"id": "u1"})
    deal = opportunity("1")._replace(owner={"id": "u2"})
    assert whole.data_of(contact, account, None)["owner"] == {"id": "u1"}
    assert whole.data_of(contact, account, deal)["owner"] == {"id": "u2"}
    assert whole.data_of(contact._replace(owner={"id": "u3"}), account, deal)["owner"] == {"id": "u3"}


def test_a_field_named_id_never_hides_the_records_own_id() -> None:
    assert whole.data_of(Row(Object.CONTACT, "42", {"id": "99"}), None, None)["contact"]["id"] == "42"


def test_the_same_state_has_the_same_key_and_another_version_another() -> None:
    data = {"contact": {"id": "42", "b": 1, "a": 2}}
    again = {"contact": {"a": 2, "b": 1, "id": "42"}}
    assert whole.event_key("contact/42", data, ["v1"]) == whole.event_key("contact/42", again, ["v1"])
    assert whole.event_key("contact/42", data, ["v1"]) != whole.event_key("contact/42", data, ["v2"])
    assert whole.event_key("contact/42", data, ["a", ""]) != whole.event_key("contact/42", data, ["", "a"])
    assert len(whole.event_key("contact/" + "4" * 500, data, ["v1"])) <= whole.ID_LONGEST


def test_an_echo_is_marked_and_nothing_else_is() -> None:
    def made(*, echo: bool) -> dict[str, object]:
        body = whole.envelope(
            key="k",
            kind=EventType.CRM_CHANGED,
            source="crm/tryton/nord",
            record="contact/42",
            time="2026-11-20T10:11:12Z",
            tenant="nord",
            origin="live",
            data={},
            echo=echo,
        )
        event: dict[str, object] = orjson.loads(body)
        return event

    assert made(echo=True)["echo"] is True
    assert "echo" not in made(echo=False)


def test_whatever_a_crm_holds_becomes_json() -> None:
    held = whole.plain({"amount": Decimal("1.50"), "tags": ("a", {"b"}), "huge": 2**70, "thing": object()})
    assert held == {"amount": "1.50", "tags": ["a", ["b"]], "huge": str(2**70), "thing": None}
    assert orjson.loads(whole.written(held)) == held
