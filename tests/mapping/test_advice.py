"""Which permission model is proposed, and why."""

from itertools import product

import pytest

from mapping.advice import Advice, Question, Why, advise
from mapping.words import PerimeterModel


def advised(*yes: Question) -> Advice:
    return advise(dict.fromkeys(yes, True))


@pytest.mark.requirement("R038")
def test_protecting_key_accounts_favours_territories_by_account() -> None:
    advice = advised(Question.KEY_ACCOUNTS, Question.TEAMS)

    assert (advice.model, advice.by_account) == (PerimeterModel.TERRITORIES, True)
    assert advice.why == (Why.KEY_ACCOUNTS,)
    assert not advised(Question.AREAS).by_account


@pytest.mark.requirement("R038")
@pytest.mark.parametrize(("teams", "model"), [(True, PerimeterModel.TEAMS), (False, PerimeterModel.PROJECTS)])
def test_an_outsourced_centre_leads_to_teams_or_projects(teams: bool, model: PerimeterModel) -> None:  # noqa: FBT001
    advice = advise({Question.OUTSOURCED: True, Question.TEAMS: teams})

    assert advice.model is model
    assert advice.projects


@pytest.mark.requirement("R036")
@pytest.mark.requirement("R038")
@pytest.mark.parametrize("main", [Question.KEY_ACCOUNTS, Question.AREAS, Question.TEAMS])
def test_project_spaces_stand_beside_one_main_model(main: Question) -> None:
    alone, with_campaigns = advised(main), advised(main, Question.CAMPAIGNS)

    assert alone.model is with_campaigns.model
    assert (alone.projects, with_campaigns.projects) == (False, True)
    assert Why.PROJECTS_CAMPAIGNS in with_campaigns.why
    assert advised(main, Question.OUTSOURCED).projects


@pytest.mark.requirement("R038")
def test_open_is_proposed_only_where_everything_is_shared_and_with_its_risk() -> None:
    assert advised(Question.SHARED)[::4] == (PerimeterModel.OPEN, "N401")
    assert advised()[::4] == (PerimeterModel.TEAMS, "N402")
    for values in product((True, False), repeat=len(Question)):
        answers = dict(zip(Question, values, strict=True))
        divided = any(yes for question, yes in answers.items() if question not in (Question.SHARED, Question.CAMPAIGNS))
        assert (advise(answers).model is PerimeterModel.OPEN) == (answers[Question.SHARED] and not divided)
        assert advise(answers).why
