"""What a role may do: listed or denied, added up along `extends`, and nothing implied."""

import pytest

from mapping.reader import read_link
from mapping.rights import Rights, rights_of
from mapping.things import ACTIONS, EVERYWHERE, OF_GRANT, Action, Thing
from mapping.words import Grant, Object
from tests.mapping.files import GOOD, swap

ADMINS = """
  functional_admin:
    read: {}
    may:
      users: [create, read, update]
      teams: [create, read, update]
      roles: [assign]
  super_admin:
    extends: functional_admin
    may: {admin_profiles: [create], users: [delete]}
"""


def rights(role: str, *pairs: tuple[str, str]) -> Rights:
    link = read_link(swap(GOOD, *pairs), "nord").link
    assert link is not None
    return rights_of(link, role)


def with_admins(role: str) -> Rights:
    return rights(role, ("\nprofiles:", ADMINS + "\nprofiles:"))


@pytest.mark.requirement("R031")
def test_who_may_update_may_not_delete() -> None:
    admin = with_admins("functional_admin")

    assert admin.allows(Thing.USERS, Action.UPDATE)
    assert not admin.allows(Thing.USERS, Action.DELETE)


@pytest.mark.requirement("R031")
def test_no_action_lets_another_in() -> None:
    for thing in Thing:
        for action in ACTIONS[thing]:
            alone = f"\n  alone: {{read: {{}}, may: {{{thing.value}: [{action.value}]}}}}\nprofiles:"
            assert rights("alone", ("\nprofiles:", alone)).may == {(thing, action)}


@pytest.mark.requirement("R017")
@pytest.mark.requirement("R018")
def test_whoever_extends_a_role_has_all_that_it_has_and_more() -> None:
    lesser, greater = with_admins("functional_admin"), with_admins("super_admin")

    assert lesser.may < greater.may
    assert greater.allows(Thing.USERS, Action.CREATE)
    assert greater.allows(Thing.TEAMS, Action.UPDATE)
    contributor, validator = with_admins("contributor"), with_admins("validator")
    assert contributor.write < validator.write
    assert validator.read == contributor.read


@pytest.mark.requirement("R023")
def test_a_functional_administrator_makes_no_administrators() -> None:
    assert with_admins("super_admin").allows(Thing.ADMIN_PROFILES, Action.CREATE)
    assert not with_admins("functional_admin").allows(Thing.ADMIN_PROFILES, Action.CREATE)
    assert not with_admins("functional_admin").allows(Thing.ROLES, Action.CREATE)


def test_a_role_without_may_has_said_nothing() -> None:
    assert not with_admins("contributor").stated
    assert with_admins("contributor").may == frozenset()
    assert with_admins("super_admin").stated


def test_actions_come_in_the_order_of_the_words() -> None:
    assert with_admins("super_admin").actions(Thing.USERS) == (
        Action.READ,
        Action.CREATE,
        Action.UPDATE,
        Action.DELETE,
    )


@pytest.mark.requirement("R025")
@pytest.mark.requirement("R026")
@pytest.mark.requirement("R027")
def test_the_five_actions_go_with_everything_that_is_to_be_protected() -> None:
    assert {action.value for action in EVERYWHERE} == {"read", "create", "update", "delete", "export"}
    core = ("accounts", "contacts", "activities", "opportunities")
    further = ("reports", "contracts", "invoices", "financial_data")
    for name in (*core, *further):
        assert set(EVERYWHERE) <= set(ACTIONS[Thing(name)])


@pytest.mark.requirement("R028")
def test_the_verbs_of_the_trade_can_be_said() -> None:
    may = "{contacts: [enrich, qualify], opportunities: [read, create], campaigns: [launch]}"
    held = rights("caller", ("\nprofiles:", f"\n  caller: {{read: {{}}, may: {may}}}\nprofiles:"))

    assert held.allows(Thing.CONTACTS, Action.ENRICH)
    assert held.allows(Thing.CONTACTS, Action.QUALIFY)
    assert held.allows(Thing.OPPORTUNITIES, Action.CREATE)
    assert held.allows(Thing.CAMPAIGNS, Action.LAUNCH)
    assert not held.allows(Thing.CAMPAIGNS, Action.CREATE)


def test_every_write_has_its_words_among_the_rights() -> None:
    assert set(OF_GRANT) == set(Grant)
    for pairs in OF_GRANT.values():
        assert all(action in ACTIONS[thing] for thing, action in pairs)


def test_rights_on_paper_open_nothing_on_the_wire() -> None:
    plain = rights("auditor")
    may = "    may: {accounts: [read, read_all], contacts: [read], opportunities: [read], margins: [read]}\n"
    wide = rights("auditor", ("  auditor:\n", f"  auditor:\n{may}"))

    assert wide.read == plain.read
    assert wide.write == plain.write
    assert Object.OPPORTUNITY in wide.read
