"""Which changes take two people: who may see or write what, and whatever nobody said is standard."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ecluse.tracks import STANDARD_PARTS, Stage, answer_by, regulated_parts, same_person, stage, waits_for
from mapping.link import Link
from store.requests import Act, NewRequest, Request, Signature, Track
from tests.policies import LINK, policy

DAY = 86_400 * 1_000_000


def request(*acts: Act, track: Track = Track.REGULATED, held: bool = False, at: int = 0) -> Request:
    asked = NewRequest(1, "aaa", track, ("roles",), "motif", date(2026, 11, 20), "direction", "text", 4, 2, held)
    return Request(2, asked, tuple(Signature(2, act, "anna", "anna", "motif", 6, at) for act in acts))


@pytest.mark.requirement("R117")
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("labels", {**LINK["labels"], "account": {**LINK["labels"]["account"], "city": "identity"}}),
        ("roles", {**LINK["roles"], "contributor": {**LINK["roles"]["contributor"], "write": ["call_result"]}}),
        ("profiles", {"teleoperator": LINK["profiles"]["teleoperator"]}),
        ("perimeter", {**LINK["perimeter"], "model": "open"}),
        ("crm", {"connector": "tryton", "connection": "crm-sud"}),
        ("dialer", {"connector": "jobphoning", "connection": "jp-sud"}),
    ],
)
def test_who_may_see_or_write_what_takes_two_people(part: str, value: Any) -> None:
    assert regulated_parts(policy(), policy(**{part: value})) == (part,)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("fields", LINK["fields"][:-1]),
        ("dispositions", {"NRP": {"is": "no_answer"}}),
        ("statuses", {"qualified": "qualifie"}),
        ("appointments", {"expire_after": "5d"}),
        ("revision", {**LINK["revision"], "reason": "Autre motif"}),
    ],
)
def test_how_things_are_called_takes_one(part: str, value: Any) -> None:
    assert regulated_parts(policy(), policy(**{part: value})) == ()


def test_a_new_link_takes_two_people() -> None:
    assert regulated_parts(None, policy()) == ("link",)


def test_a_part_that_comes_later_takes_two_people_until_somebody_says_otherwise() -> None:
    assert set(Link.model_fields) >= STANDARD_PARTS
    assert not STANDARD_PARTS & {"labels", "roles", "profiles", "perimeter", "crm", "dialer", "link", "tenant"}


def test_the_order_of_campaigns_is_a_change_of_the_perimeter() -> None:
    project = LINK["perimeter"]["projects"]["t4-industrie"]
    two = [policy(perimeter={**LINK["perimeter"], "projects": dict.fromkeys(order, project)})
           for order in (("a", "b"), ("b", "a"))]  # fmt: skip
    assert regulated_parts(*two) == ("perimeter",)


@pytest.mark.requirement("R115")
def test_the_stage_is_where_somebody_is_waited_for() -> None:
    assert stage(request(Act.PROPOSED)) is Stage.LEGAL
    assert stage(request(Act.PROPOSED, track=Track.STANDARD, held=True)) is Stage.QA
    assert stage(request(Act.PROPOSED, Act.APPROVED)) is Stage.READY
    assert stage(request(Act.PROPOSED, Act.APPROVED, Act.PUBLISHED)) is Stage.PUBLISHED


def test_a_volume_that_grew_is_accepted_anew() -> None:
    held = request(Act.PROPOSED, Act.APPROVED, Act.VOLUME_ACCEPTED, held=True)
    assert waits_for(held) == waits_for(held, 6) == ()
    assert waits_for(held, 7) == (Act.VOLUME_ACCEPTED,)
    assert waits_for(request(Act.PROPOSED, Act.APPROVED), 7) == (Act.VOLUME_ACCEPTED,)


@pytest.mark.requirement("R116")
def test_an_answer_is_due_by_the_end_of_the_second_day_after() -> None:
    monday_noon = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 1_000_000
    assert answer_by(request(Act.PROPOSED, at=monday_noon)) == datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(("one", "other", "same"), [("Anna Roux", "anna.roux", True), ("Zoé", "zoe", True),
                                                     ("anna", "anne", False)])  # fmt: skip
def test_a_name_is_the_same_however_it_is_typed(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert same_person(one, other) is same
