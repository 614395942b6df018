"""`ecluse advise`: which permission model fits, from a few answers; what to write into the link file."""

import sys
from typing import Any

import click

from ecluse.command import option, output_option, verb
from ecluse.i18n import N_, _
from ecluse.terminal import answer, answer_json, paint, suggest
from mapping.advice import Advice, Question, Why, advise
from mapping.codes import CODES
from mapping.nearest import nearest
from mapping.words import PerimeterModel

QUESTIONS = {
    Question.KEY_ACCOUNTS: N_("Do some key accounts need strong protection from the rest of the firm?"),
    Question.AREAS: N_("Does each salesperson or team have an area of their own?"),
    Question.OUTSOURCED: N_("Does a call centre outside the firm make the calls?"),
    Question.TEAMS: N_("Do several teams sell, each to its own customers?"),
    Question.CAMPAIGNS: N_("Are calls made in campaigns that begin and end?"),
    Question.SHARED: N_("May everybody who sells see every record?"),
}
WHY = {
    Why.KEY_ACCOUNTS: N_(
        "Key accounts are protected best by territories, here by lists of accounts: only their own people open them."
    ),
    Why.AREAS: N_("Areas that are divided already are territories."),
    Why.OUTSOURCED_ONLY: N_("Callers outside the firm open the prospects of their campaigns, and nothing else."),
    Why.OUTSOURCED_TEAMS: N_("Several teams, one of them outside the firm: each opens its own records."),
    Why.TEAMS: N_("Each team opens its own customers."),
    Why.SHARED: N_("Everybody may see everything: then nothing needs to be divided."),
    Why.UNDIVIDED: N_("Nothing is divided yet, and not everybody may see everything: begin with teams."),
    Why.PROJECTS_OUTSOURCED: N_("With a project space, the call centre gets the prospects of its campaign only."),
    Why.PROJECTS_CAMPAIGNS: N_("With project spaces, a campaign closes by itself on its last day."),
}
PERIMETERS = {
    PerimeterModel.OPEN: "perimeter:\n  model: open",
    PerimeterModel.TEAMS: "perimeter:\n  model: teams",
    PerimeterModel.TERRITORIES: (
        "perimeter:\n  model: territories\n  territories:\n    nord: {owner.territory: [nord]}"
    ),
    PerimeterModel.PROJECTS: "perimeter:\n  model: projects",
}
BY_ACCOUNT = (
    "perimeter:\n  model: territories\n  territories:\n"
    "    grands-comptes: {account.segment: [grand-compte]}\n    autres: {account.segment: [standard]}"
)
PROJECTS = "  projects:\n    t1-industrie: {account.industry: [industrie], starts: 2027-01-04, ends: 2027-03-31}"


@verb(
    "advise",
    N_(
        "Which permission model fits: open, teams, territories or projects, with the reason, its risk, and the "
        "perimeter to write into the link file."
        "\n\nAsks six questions on a terminal; elsewhere, or to ask less, answers are given with --answer."
    ),
    examples=(
        "ecluse advise",
        "ecluse advise --answer key_accounts=yes",
        "ecluse advise --answer outsourced=yes --answer teams=no --output json",
    ),
)
@option(
    "--answer", "answers", multiple=True, metavar=N_("QUESTION=yes|no"),
    help=N_("An answer: key_accounts, areas, outsourced, teams, campaigns or shared. What is not said is no."),
)  # fmt: skip
@output_option()
def command(answers: tuple[str, ...], output: str) -> int:
    said = dict(map(_read, answers))
    if not said and not sys.stdin.isatty():
        raise click.UsageError(_("nobody is there to ask: give answers, such as --answer outsourced=yes."))
    if not answers:
        said = {question: click.confirm(_(text), err=True) for question, text in QUESTIONS.items()}
    advice = advise(said)
    if output == "json":
        answer_json("advise", _document(said, advice))
    else:
        _print(advice)
    return 0


def _read(word: str) -> tuple[Question, bool]:
    name, _equals, value = word.partition("=")
    values = {"yes": True, "y": True, "oui": True, "o": True, "no": False, "n": False, "non": False}
    if name not in list(Question):
        message = _('there is no question "{name}".', name=name)
        near = nearest(name, list(Question))
        message += " " + (_('Did you mean "{word}"?', word=near) if near else ", ".join(Question))
        raise click.BadParameter(message, param_hint="--answer")
    if value.lower() not in values:
        raise click.BadParameter(_("answer {name} with yes or no.", name=name), param_hint="--answer")
    return Question(name), values[value.lower()]


def _print(advice: Advice) -> None:
    beside = _("{model}, with project spaces", model=advice.model.value)
    with_projects = advice.projects and advice.model is not PerimeterModel.PROJECTS
    answer(paint(_("Model: {model}", model=beside if with_projects else advice.model.value), "bold"))
    for reason in advice.why:
        answer(f"- {_(WHY[reason])}")
    if advice.risk:
        answer(paint(_("Mind {risk}.", risk=_(CODES[advice.risk].message)), "yellow"))
    answer()
    answer(_perimeter(advice))
    suggest("ecluse check")


def _perimeter(advice: Advice) -> str:
    main = BY_ACCOUNT if advice.by_account else PERIMETERS[advice.model]
    return f"{main}\n{PROJECTS}" if advice.projects else main


def _document(said: dict[Question, bool], advice: Advice) -> dict[str, Any]:
    return {
        "answers": {question.value: said.get(question, False) for question in Question},
        "model": advice.model.value,
        "projects": advice.projects,
        "by_account": advice.by_account,
        "why": [reason.value for reason in advice.why],
        "risk": advice.risk or None,
        "perimeter": _perimeter(advice),
    }
