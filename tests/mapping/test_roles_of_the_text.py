"""The roles that the documents describe: each can be written, and what it must not do is denied."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from mapping.codes import Severity
from mapping.perimeter import compile_perimeter
from mapping.reader import Reading, read_link
from mapping.rights import Rights, rights_of
from mapping.scene import RESERVED_LABELS
from mapping.things import ACTIONS, Action, Thing
from mapping.words import Grant, Reach

TEXT = (Path(__file__).parent / "roles.yaml").read_text(encoding="utf-8")


def reading(text: str = TEXT) -> Reading:
    return read_link(text, "roles.yaml")


def rights(role: str) -> Rights:
    link = reading().link
    assert link is not None
    return rights_of(link, role)


def test_the_file_has_nothing_to_warn_about() -> None:
    assert [found.message() for found in reading().findings if found.severity is not Severity.NOTE] == []


def holds(role: str, held: str, denied: str) -> None:
    """Every right of the first list is held, none of the second; both are rights that exist."""
    has = rights(role)
    for pairs, allowed in ((held, True), (denied, False)):
        for pair in pairs.split("; "):
            thing, action = pair.split(": ")
            assert Action(action) in ACTIONS[Thing(thing)]
            assert has.allows(Thing(thing), Action(action)) is allowed, pair


@pytest.mark.requirement("R006")
def test_a_caller_gets_lists_scripts_and_results_and_not_everybodys() -> None:
    holds(
        "telemarketer",
        "call_lists: read; scripts: read; call_results: create",
        "accounts: read_all; contacts: read_all; opportunities: read_all; call_results: read_all",
    )


@pytest.mark.requirement("R007")
def test_a_supervisor_reassigns_leads_corrects_statuses_and_closes_sequences() -> None:
    holds(
        "supervisor",
        "contacts: reassign; lead_statuses: update; sequences: close",
        "opportunities: force_close; contacts: delete",
    )


@pytest.mark.requirement("R008")
def test_a_supervisor_reassigns_lists_and_never_configures_the_crm() -> None:
    holds(
        "supervisor",
        "call_lists: reassign",
        "crm_configuration: read; crm_configuration: update",
    )


@pytest.mark.requirement("R009")
def test_a_manager_sees_all_calls_validates_appointments_and_controls_strategic_fields() -> None:
    holds(
        "supervisor",
        "campaigns: read_all; call_results: read_all; appointments: validate; strategic_fields: validate",
        "governance: approve",
    )


@pytest.mark.requirement("R010")
def test_management_makes_roles_assigns_accounts_and_arbitrates() -> None:
    holds(
        "management",
        "accounts: read_all; roles: create; accounts: assign; territories: arbitrate; opportunities: force_close",
        "admin_profiles: create; accounts: delete",
    )


@pytest.mark.requirement("R011")
def test_an_executive_approves_and_does_no_daily_work() -> None:
    holds(
        "executive",
        "governance: approve",
        "accounts: update; opportunities: update; activities: create; call_lists: reassign",
    )


@pytest.mark.requirement("R012")
def test_marketing_reads_widely_and_writes_three_things() -> None:
    holds(
        "marketing",
        "accounts: read_all; contacts: read_all; consents: update; interests: update; lead_sources: update",
        "accounts: update; contacts: update; contacts: create; opportunities: update",
    )


@pytest.mark.requirement("R013")
def test_marketing_has_segments_and_scoring_and_leaves_call_reports_alone() -> None:
    holds(
        "marketing",
        "segments: create; segments: delete; scoring: update",
        "call_results: read; call_results: update; call_results: delete",
    )


@pytest.mark.requirement("R014")
def test_marketing_changes_neither_quotes_nor_forecasts() -> None:
    holds(
        "marketing",
        "contacts: read_all",
        "quotes: update; quotes: create; forecasts: update",
    )


@pytest.mark.requirement("R015")
def test_field_sales_have_their_history_and_not_the_scripts() -> None:
    holds(
        "field_sales",
        "activities: read; opportunities: read; notes: create; forecasts: update",
        "scripts: update; call_lists: update; call_lists: import",
    )


@pytest.mark.requirement("R016")
def test_field_sales_export_and_delete_nothing() -> None:
    holds(
        "field_sales",
        "accounts: read; accounts: update",
        "accounts: export; contacts: export; accounts: delete",
    )


@pytest.mark.requirement("R021")
def test_an_executive_reads_the_whole_crm_and_has_dashboards() -> None:
    holds(
        "executive",
        "crm_objects: read; dashboards: read; dashboards: create",
        "crm_objects: update; crm_objects: export",
    )


@pytest.mark.requirement("R022")
def test_marketing_reads_and_edits_reports() -> None:
    holds(
        "marketing",
        "reports: read; reports: update",
        "reports: delete",
    )


@pytest.mark.requirement("R005")
def test_a_caller_reads_accounts_and_opportunities_without_margins_or_prices() -> None:
    caller = rights("telemarketer")

    assert {name for labels in caller.read.values() for name in labels} & RESERVED_LABELS == set()
    assert caller.allows(Thing.OPPORTUNITIES, Action.READ)
    assert [one for one in caller.may if one[0] in (Thing.PRICES, Thing.MARGINS)] == []


@pytest.mark.requirement("R005")
@pytest.mark.requirement("R006")
@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("scripts: [read]", "scripts: [read]\n      margins: [read]"),
        ("scripts: [read]", "scripts: [read]\n      prices: [read, update]"),
        ("contacts: [read, enrich, qualify]", "contacts: [read, qualify, export]"),
        ("accounts: [read]", "accounts: [read, delete]"),
    ],
)
def test_a_caller_who_gets_what_callers_never_need_is_warned_of(line: str, slip: str) -> None:
    found = reading(TEXT.replace(line, slip, 1)).findings

    assert [one.code for one in found if one.severity is Severity.WARNING] == ["W331"]


@pytest.mark.requirement("R011")
def test_whoever_approves_access_and_works_in_it_is_warned_of() -> None:
    text = TEXT.replace("      crm_objects: [read]\n", "      crm_objects: [read, update]\n")

    assert [found.code for found in reading(text).findings if found.code == "W332"] == ["W332"]
    assert "W332" not in [found.code for found in reading().findings]
    assert rights("executive").write == frozenset()


@pytest.mark.requirement("R017")
def test_each_level_has_at_least_the_rights_of_the_one_below() -> None:
    line = [rights(role) for role in ("telemarketer", "supervisor", "management")]

    for below, above in pairwise(line):
        assert below.may < above.may
        assert below.write <= above.write
        assert all(set(labels) <= set(above.read[item]) for item, labels in below.read.items())


@pytest.mark.requirement("R032")
def test_a_seller_changes_an_opportunity_while_it_is_being_sold() -> None:
    seller = rights("field_sales")

    for stage, allowed in (("Prospecting", True), ("Engaging", True), ("Won", False), ("Lost", False)):
        data = {"opportunity": {"stage": stage}}
        assert seller.allows_at(Thing.OPPORTUNITIES, Action.UPDATE, data) is allowed


@pytest.mark.requirement("R029")
def test_a_perimeter_is_a_portfolio_a_team_or_an_area() -> None:
    for word in ("own", "team", "territory"):
        text = TEXT.replace("perimeter: own", f"perimeter: {word}")
        text = text.replace(
            "perimeter:\n  model: teams\n", "perimeter:\n  model: teams\n  territories: {n: {owner.id: [u]}}\n"
        )
        link = reading(text).link
        assert link is not None
        assert link.profiles["seller"].perimeter is Reach(word)


@pytest.mark.requirement("R030")
def test_a_project_may_be_a_pipeline_or_a_team() -> None:
    link = reading().link
    assert link is not None
    rule, day = compile_perimeter(link.perimeter), date(2026, 11, 22)
    key = {"account": {}, "opportunity": {"pipeline": "key"}, "owner": {"team": "nord"}}

    assert rule.place(key, day).campaign == "grands-comptes"
    assert rule.place({**key, "opportunity": {"pipeline": "mass"}}, day).campaign == ""
    assert rule.place({**key, "owner": {"team": "sud"}}, day).campaign == ""
    assert rule.place({"account": {"industry": "retail"}}, day).campaign == "t4-industrie"


def test_a_writer_on_paper_only_writes_nothing_here() -> None:
    assert rights("field_sales").write == frozenset()
    assert Grant.VALIDATE_APPOINTMENT in rights("supervisor").write
