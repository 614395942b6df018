"""The four permission models, one way to judge each."""

from datetime import date

import pytest

from mapping.perimeter import Person, person_reaches, reaches
from mapping.words import Reach
from tests.policies import EVENT, LINK, policy

DAY = date(2026, 11, 22)
DATA = EVENT["data"]


@pytest.mark.requirement("R035")
@pytest.mark.parametrize(
    ("model", "reach"),
    [("open", Reach.ALL), ("teams", Reach.TEAM), ("territories", Reach.TERRITORY), ("projects", Reach.PROJECT)],
)
def test_a_profile_without_a_perimeter_gets_what_the_model_implies(model, reach):
    rules = policy(perimeter={**LINK["perimeter"], "model": model}, profiles={"teleoperator": {"role": "contributor"}})

    assert rules.profiles["teleoperator"].reach is reach


def test_a_territory_is_told_by_its_conditions_before_the_owners_word():
    rules = policy(
        perimeter={"model": "territories", "territories": {"hauts-de-france": {"account.city": ["Lille", "Arras"]}}}
    )

    assert rules.perimeter.place(DATA, DAY).territory == "hauts-de-france"
    elsewhere = {**DATA, "account": {"city": "Brest"}, "owner": {"id": "u1", "territory": "bretagne"}}
    assert rules.perimeter.place(elsewhere, DAY).territory == "bretagne"


@pytest.mark.requirement("R037")
def test_a_person_reaches_only_what_is_theirs():
    place = policy().perimeter.place(DATA, DAY)
    person = Person("tp", "teleoperator", team="sud", campaigns=("autre",), crm_user="u1")

    assert reaches(Reach.PROJECT, place)
    assert not person_reaches(Reach.PROJECT, person, place)
    assert not person_reaches(Reach.TEAM, person, place)
    assert not person_reaches(Reach.OWN, person, place)
    assert person_reaches(Reach.TEAM, person._replace(team="nord"), place)
    assert person_reaches(Reach.OWN, person._replace(crm_user="u7"), place)


def test_a_record_in_no_campaign_team_or_territory_is_reached_by_nobody_but_all():
    place = policy().perimeter.place({"contact": {"id": "1"}}, DAY)

    assert [reach for reach in Reach if reaches(reach, place)] == [Reach.ALL]


def test_a_condition_on_a_nested_value_never_holds():
    place = policy().perimeter.place({**DATA, "account": {"industry": ["retail"]}}, DAY)

    assert place.campaign == ""
