"""Telemarketing roles, against what the requirements say of each: what it may, and what it may not."""

import pytest

from mapping.things import Action, Thing
from mapping.words import Grant
from tests.ecluse.packed import holds, link_of, rights

PACK = "jobphoning-telemarketing"
#: The four zones of sensitivity: who consults, who changes, who exports. All other roles may none of it.
ZONES = {
    Thing.PRICES: ("sales_management field_sales direction", "sales_management", ""),
    Thing.MARGINS: ("sales_management direction", "", "direction"),
    Thing.PERSONAL_DATA: (
        "telemarketer sdr mission_lead sales_management field_sales marketing",
        "sales_management field_sales",
        "sales_management",
    ),
    Thing.CONTRACTS: ("sales_management field_sales direction", "sales_management", "direction"),
}


@pytest.mark.requirement("R005")
def test_a_telemarketer_reads_accounts_and_opportunities_without_margins_or_prices() -> None:
    never = "margins: read; prices: read update; contracts: read; quotes: read"
    holds(PACK, "telemarketer", "accounts: read; opportunities: read; activities: create", never)


@pytest.mark.requirement("R006")
def test_callers_have_lists_scripts_and_results_but_not_the_whole_portfolio() -> None:
    never = "accounts: read_all; contacts: read_all; opportunities: read_all; call_lists: read_all"
    for role in ("telemarketer", "sdr"):
        holds(PACK, role, "call_lists: read; scripts: read; call_results: read", never)


@pytest.mark.requirement("R007")
def test_a_mission_lead_reassigns_leads_corrects_statuses_and_closes_sequences() -> None:
    holds(PACK, "mission_lead", "contacts: reassign; lead_statuses: update; sequences: close")
    assert {Grant.REASSIGN, Grant.SET_LEAD_STATUS, Grant.CLOSE_SEQUENCE} <= set(
        link_of(PACK).roles["mission_lead"].write
    )


@pytest.mark.requirement("R008")
def test_a_mission_lead_reassigns_lists_and_never_touches_the_configuration_of_the_crm() -> None:
    never = "crm_configuration: read create update delete export"
    holds(PACK, "mission_lead", "call_lists: reassign", never)


@pytest.mark.requirement("R009")
def test_sales_management_sees_all_campaigns_and_calls_and_validates() -> None:
    may = "campaigns: read_all; call_results: read_all; appointments: validate; strategic_fields: validate"
    holds(PACK, "sales_management", may)


@pytest.mark.requirement("R010")
def test_sales_management_reads_widely_creates_roles_assigns_and_arbitrates() -> None:
    may = "accounts: read_all assign; roles: create; territories: arbitrate; opportunities: read_all force_close"
    holds(PACK, "sales_management", may)


@pytest.mark.requirement("R011")
def test_direction_approves_and_takes_no_part_in_daily_work() -> None:
    held = rights(PACK, "direction")
    assert (Thing.GOVERNANCE, Action.APPROVE) in held
    assert {action for _, action in held} <= {
        Action.READ, Action.READ_ALL, Action.VALIDATE, Action.APPROVE, Action.EXPORT
    }  # fmt: skip
    assert link_of(PACK).roles["direction"].write == []


@pytest.mark.requirement("R012")
def test_marketing_reads_everywhere_and_writes_consents_interests_and_origins_alone() -> None:
    may = "accounts: read read_all; contacts: read read_all; consents: update; interests: update; lead_sources: update"
    never = "accounts: create update delete; contacts: create update delete; opportunities: create update delete"
    holds(PACK, "marketing", may, never)


@pytest.mark.requirement("R013")
def test_marketing_keeps_segments_and_scoring_and_no_report_of_a_call() -> None:
    never = "call_results: read create update delete; activities: create update delete; notes: create update delete"
    holds(PACK, "marketing", "segments: create update; scoring: create update", never)


@pytest.mark.requirement("R014")
def test_marketing_changes_no_quote_and_no_forecast() -> None:
    never = "quotes: create update delete; forecasts: create update delete validate"
    holds(PACK, "marketing", "", never)


@pytest.mark.requirement("R015")
def test_field_sales_have_the_whole_history_but_not_scripts_or_source_lists() -> None:
    may = "activities: read_all; opportunities: create update; notes: create; forecasts: update"
    holds(PACK, "field_sales", may, "scripts: create update delete; call_lists: create update import delete")


@pytest.mark.requirement("R016")
def test_field_sales_export_nothing_in_bulk_and_delete_no_account() -> None:
    held = rights(PACK, "field_sales")
    assert [right for right in held if right[1] in {Action.EXPORT, Action.DELETE}] == []


@pytest.mark.requirement("R028")
def test_the_verbs_of_the_trade_are_given_out() -> None:
    holds(PACK, "sdr", "accounts: read enrich; contacts: enrich qualify; opportunities: create")
    holds(PACK, "sales_management", "campaigns: launch")


@pytest.mark.requirement("R031")
@pytest.mark.requirement("R067")
@pytest.mark.requirement("R076")
def test_who_may_update_may_not_delete() -> None:
    kept = "accounts: delete; contacts: delete; opportunities: delete; appointments: delete; activities: delete"
    for role in link_of(PACK).roles:
        holds(PACK, role, never=kept)
    holds(PACK, "telemarketer", "contacts: create update", "opportunities: create update")


@pytest.mark.requirement("R074")
def test_few_roles_export() -> None:
    exporting = {role for role in link_of(PACK).roles if any(a is Action.EXPORT for _, a in rights(PACK, role))}

    assert exporting == {"sales_management", "direction"}


@pytest.mark.requirement("R042")
@pytest.mark.parametrize("zone", ZONES)
def test_each_zone_says_who_consults_who_changes_who_exports(zone: Thing) -> None:
    roles = link_of(PACK).roles
    for action, expected in zip((Action.READ, Action.UPDATE, Action.EXPORT), ZONES[zone], strict=True):
        assert {role for role in roles if (zone, action) in rights(PACK, role)} == set(expected.split()), action
