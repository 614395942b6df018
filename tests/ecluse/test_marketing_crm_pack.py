"""The marketing CRM: three default roles over nine modules, one test a cell, denials included."""

import pytest

from mapping.rights import Right
from mapping.things import ACTIONS, Action, Thing
from tests.ecluse.packed import LABELS, NOBODY, rights, words

PACK = "marketing-crm"
#: What stands behind each module.
MODULES = {
    "landing page": "landing_pages custom_domains",
    "social networks": "social_media",
    "ads": "ad_campaigns",
    "messages": "messages",
    "automation": "automations",
    "crm objects": "crm_objects",
    "contacts": "contacts",
    "e-mail": "emails",
    "global": "crm_configuration",
}
#: The table of the requirement, cell by cell: administrator, marketing manager, marketing team. Empty: nothing at all.
TABLE = {
    "landing page": (
        "landing_pages: create update clone publish unpublish delete; custom_domains: update",
        "landing_pages: create clone update publish unpublish delete",
        "landing_pages: create clone update",
    ),
    "social networks": (
        "social_media: create update publish unpublish delete connect read",
        "social_media: create update publish unpublish delete read",
        "social_media: create update read",
    ),
    "ads": (
        "ad_campaigns: read create update delete activate deactivate connect",
        "ad_campaigns: read create update delete activate deactivate",
        "ad_campaigns: read create update",
    ),
    "messages": (
        "messages: connect disconnect send read_all",
        "messages: connect disconnect send",
        "messages: send",
    ),
    "automation": ("automations: create read update delete", "", ""),
    "crm objects": (
        "crm_objects: create update import assign read delete",
        "crm_objects: create update assign import delete",
        "crm_objects: create update import read",
    ),
    "contacts": ("contacts: read_all", "", ""),
    "e-mail": ("emails: send", "emails: send", "emails: send"),
    "global": ("crm_configuration: read update", "", ""),
}  # fmt: skip
ROLES = ("administrator", "marketing_manager", "marketing_team")
CELLS = [(module, role, said) for module, row in TABLE.items() for role, said in zip(ROLES, row, strict=True)]

#: The denials that the source puts into words.
DENIED = [
    ("marketing_manager", "messages: read_all read"),
    ("marketing_team", "messages: read read_all reply connect disconnect"),
    ("marketing_team", "ad_campaigns: activate deactivate delete"),
    ("marketing_team", "landing_pages: publish unpublish delete"),
    ("marketing_team", "social_media: publish unpublish delete connect"),
    ("marketing_manager", "crm_objects: read"),
    ("marketing_manager", "social_media: connect"),
    ("marketing_manager", "custom_domains: update"),
]
#: What a custom role may be given or refused, module by module, each by itself.
TOGGLES = """
    landing_pages: create clone publish unpublish delete; social_media: connect create update delete;
    messages: connect send read; automations: create read update delete; crm_objects: create update import delete;
    emails: activate deactivate
"""


def of_module(module: str) -> set[Right]:
    """Everything that could be done in a module."""
    things = map(Thing, MODULES[module].split())
    return {(thing, action) for thing in things for action in ACTIONS[thing]}


def custom(may: str) -> frozenset[Right]:
    """The rights of a role that a firm makes of its own beside the three."""
    return rights(PACK, "own", f"roles: {{own: {{read: {{}}, may: {{{may}}}}}}}\n" + LABELS + NOBODY)


@pytest.mark.requirement("R121")
@pytest.mark.parametrize(("module", "role", "said"), CELLS, ids=[f"{module}-{role}" for module, role, _ in CELLS])
def test_a_cell_is_what_the_table_says_and_nothing_more(module: str, role: str, said: str) -> None:
    held, wanted, possible = rights(PACK, role), words(said), of_module(module)

    assert wanted <= possible
    assert held & possible == wanted
    assert held.isdisjoint(possible - wanted)


@pytest.mark.requirement("R121")
def test_there_are_27_cells_and_no_right_outside_them() -> None:
    assert len(CELLS) == 27
    everywhere = {right for module in MODULES for right in of_module(module)}
    assert [role for role in ROLES if not rights(PACK, role) <= everywhere] == []


@pytest.mark.requirement("R122")
@pytest.mark.parametrize(("role", "said"), DENIED)
def test_what_the_source_denies_is_denied(role: str, said: str) -> None:
    assert rights(PACK, role).isdisjoint(words(said))


@pytest.mark.requirement("R123")
@pytest.mark.parametrize("right", sorted(words(TOGGLES) | rights(PACK, "administrator")))
def test_a_custom_role_is_given_each_right_by_itself(right: Right) -> None:
    thing, action = right

    assert custom(f"{thing.value}: [{action.value}]") == {right}


@pytest.mark.requirement("R123")
def test_a_custom_role_without_a_right_has_none_of_it() -> None:
    assert custom("") == frozenset()


@pytest.mark.requirement("R124")
def test_support_looks_at_messages_and_answers_them_and_that_is_all() -> None:
    assert rights(PACK, "support") == {(Thing.MESSAGES, Action.READ), (Thing.MESSAGES, Action.REPLY)}


@pytest.mark.requirement("R124")
def test_externals_look_at_the_list_of_contacts_and_send_e_mail_and_that_is_all() -> None:
    assert rights(PACK, "external") == {(Thing.CONTACTS, Action.READ), (Thing.EMAILS, Action.SEND)}
