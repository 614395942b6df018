"""Decision 0005 says what gate 2 stops and what it lets pass: each kind it names is tried."""

import orjson
import pytest

from filters.egress import Egress
from filters.shape import shape_of
from tests.policies import EVENT, policy

RULES = policy()
GATE = Egress(RULES, tuple(RULES.profiles))
COMMENT = "Rappeler le matin. "


def stopped(comment: str, *, source: str | None = None, other: str = "", **reserved: object) -> bool:
    """Whether a payload with this comment is stopped; `source` is the CRM's own comment, the same where not said."""
    data = {
        **EVENT["data"],
        "contact": {**EVENT["data"]["contact"], "comment": comment if source is None else source},
        "opportunity": {"id": "9", "stage": "Prospecting", **reserved},
    }
    fields = {"contexte": comment, **({"company": other} if other else {})}
    return bool(GATE.blocks(fields, data, orjson.dumps(fields), shape_of(data)))


@pytest.mark.parametrize("shown", ["48210.5", "48 210,50 €", "48.210,50", "48\u202f210,50"])
def test_a_number_is_stopped_however_people_write_it(shown):
    assert stopped(COMMENT + shown, amount=48210.5)


@pytest.mark.parametrize(
    "shown",
    ["CIBLE STRATÉGIQUE", "cible  strategique", "c.i.b.l.e-stratégique", "cible\nstratégique", "ｃible stratégique"],
)
def test_a_long_text_is_stopped_in_any_dress(shown):
    assert stopped(COMMENT + shown, priority="cible stratégique")


def test_a_text_of_another_script_is_stopped():
    assert stopped(COMMENT + "стратегическая цель", priority="Стратегическая цель")


def test_what_is_nested_in_a_reserved_field_is_stopped():
    assert stopped(COMMENT + "48 210,50", terms={"tiers": [{"amount": 48210.5}]})


def test_three_letters_are_stopped_in_a_field_that_does_not_show_its_own_source():
    assert stopped("abc", source="autre chose", priority="abc")


@pytest.mark.parametrize(
    ("shown", "reserved"),
    [
        (COMMENT + "remise 12", {"discount": 12}),
        (COMMENT + "Lille", {"priority": "Lille"}),
        (COMMENT + "environ cinquante mille", {"amount": 50000}),
        (COMMENT + "сіblе strаtégiquе", {"priority": "cible stratégique"}),
        (COMMENT + "Y2libGUgc3RyYXTDqWdpcXVl", {"priority": "cible stratégique"}),
    ],
)
def test_what_the_page_says_is_not_guarded_is_not(shown, reserved):
    assert not stopped(shown, **reserved)


def test_a_value_split_over_two_fields_is_not_guarded():
    assert not stopped(COMMENT + "cible stra", other=EVENT["data"]["account"]["name"], priority="cible stratégique")


def test_a_field_that_shows_its_own_value_is_in_its_rightful_place():
    assert not stopped("Lille", priority="Lille")
