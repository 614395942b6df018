"""Which of the four permission models fits a firm, from a few answers (R038)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from mapping.words import PerimeterModel


class Question(StrEnum):
    """What is asked, in this order; each is answered with yes or no."""

    #: Do some accounts need strong protection from the rest of the firm?
    KEY_ACCOUNTS = "key_accounts"
    #: Does each salesperson or team have an area of their own?
    AREAS = "areas"
    #: Does somebody outside the firm make the calls?
    OUTSOURCED = "outsourced"
    #: Do several teams sell, each to its own customers?
    TEAMS = "teams"
    #: Are calls made in campaigns that begin and end?
    CAMPAIGNS = "campaigns"
    #: May everybody who sells see every record?
    SHARED = "shared"


class Why(StrEnum):
    """Why a model is proposed, and why campaigns stand beside it."""

    KEY_ACCOUNTS = "key_accounts"
    AREAS = "areas"
    OUTSOURCED_ONLY = "outsourced_only"
    OUTSOURCED_TEAMS = "outsourced_teams"
    TEAMS = "teams"
    SHARED = "shared"
    UNDIVIDED = "undivided"
    PROJECTS_OUTSOURCED = "projects_outsourced"
    PROJECTS_CAMPAIGNS = "projects_campaigns"


class Advice(NamedTuple):
    """A proposal: the main model, why, and whether project spaces stand beside it (R036)."""

    model: PerimeterModel
    why: tuple[Why, ...]
    projects: bool
    #: Whether territories are lists of accounts: the variant by files or key accounts.
    by_account: bool
    #: The finding that `check` prints for this model, which names its risk.
    risk: str


_RISKS: Final = {PerimeterModel.OPEN: "N401", PerimeterModel.TEAMS: "N402"}


def advise(answers: Mapping[Question, bool]) -> Advice:
    """Propose a model. What is not answered counts as no."""
    said = {question for question, yes in answers.items() if yes}
    model, why = _model(said)
    reasons = [why]
    projects = model is PerimeterModel.PROJECTS
    if not projects and Question.OUTSOURCED in said:
        reasons.append(Why.PROJECTS_OUTSOURCED)
        projects = True
    elif not projects and Question.CAMPAIGNS in said:
        reasons.append(Why.PROJECTS_CAMPAIGNS)
        projects = True
    return Advice(model, tuple(reasons), projects, why is Why.KEY_ACCOUNTS, _RISKS.get(model, ""))


def _model(said: set[Question]) -> tuple[PerimeterModel, Why]:
    """The first that holds: what protects most comes before what is usual."""
    if Question.KEY_ACCOUNTS in said:
        return PerimeterModel.TERRITORIES, Why.KEY_ACCOUNTS
    if Question.AREAS in said:
        return PerimeterModel.TERRITORIES, Why.AREAS
    if Question.OUTSOURCED in said:
        if Question.TEAMS in said:
            return PerimeterModel.TEAMS, Why.OUTSOURCED_TEAMS
        return PerimeterModel.PROJECTS, Why.OUTSOURCED_ONLY
    if Question.TEAMS in said:
        return PerimeterModel.TEAMS, Why.TEAMS
    if Question.SHARED in said:
        return PerimeterModel.OPEN, Why.SHARED
    return PerimeterModel.TEAMS, Why.UNDIVIDED


__all__ = ["Advice", "Question", "Why", "advise"]
