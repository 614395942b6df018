"""The levels of a CRM handbook, against what the requirements say of them."""

import pytest

from ecluse import shipped
from mapping.things import Action, Thing
from tests.ecluse.packed import holds, link_of, rights, words

PACK = "crm-handbook"
ROLE_PACKS = [pack.name.removeprefix("packs/") for pack in shipped.packs() if pack.roles]


@pytest.mark.requirement("R018")
def test_management_creates_and_changes_users_and_teams() -> None:
    holds(PACK, "management", "users: create update; teams: create update", "users: delete; teams: delete")
    holds(PACK, "operational", never="users: create update; teams: create update")


@pytest.mark.requirement("R019")
def test_there_are_three_groups_and_marketing_apart() -> None:
    roles = link_of(PACK).roles

    assert {"operational", "management", "executive", "marketing"} <= set(roles)
    assert roles["marketing"].extends is None


@pytest.mark.requirement("R020")
def test_each_level_adds_to_the_one_below_and_administrators_come_in_two() -> None:
    assert rights(PACK, "operational") < rights(PACK, "management")
    assert rights(PACK, "administrator") < rights(PACK, "super_administrator")
    assert len(link_of(PACK).roles) == 6


@pytest.mark.requirement("R021")
def test_the_executive_committee_reads_all_of_the_crm_has_dashboards_and_changes_nothing_else() -> None:
    held = rights(PACK, "executive")
    inside = {thing for pack in ROLE_PACKS for role in link_of(pack).roles for thing, _ in rights(pack, role)}
    administration = words(
        "users: read; teams: read; territories: read; roles: read; admin_profiles: read; governance: read;"
        "crm_configuration: read"
    )
    modules = words(
        "landing_pages: read; custom_domains: read; social_media: read; ad_campaigns: read; messages: read;"
        "emails: read; automations: read"
    )

    unread = {thing for thing in inside if (thing, Action.READ) not in held}
    assert unread == {thing for thing, _ in administration | modules}
    assert {(thing, action) for thing, action in held if action not in {Action.READ, Action.READ_ALL}} == words(
        "dashboards: create update"
    )
    assert words("accounts: read_all; contacts: read_all; opportunities: read_all") <= held


@pytest.mark.requirement("R022")
def test_marketing_reads_and_edits_reports() -> None:
    holds(PACK, "marketing", "reports: read create update", "accounts: update; opportunities: update")


@pytest.mark.requirement("R023")
def test_an_administrator_of_functions_makes_no_administrator() -> None:
    makers = {
        role for role in link_of(PACK).roles if any(thing is Thing.ADMIN_PROFILES for thing, _ in rights(PACK, role))
    }

    assert makers == {"super_administrator"}
    holds(PACK, "administrator", "users: create; roles: create", "admin_profiles: read create update delete assign")
