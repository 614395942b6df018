"""What holds for every set of roles that is shipped."""

from itertools import combinations

import pytest

from ecluse import shipped
from mapping.people_checks import ROLES_MAX, ROLES_USUAL
from mapping.scene import RESERVED_LABELS
from mapping.words import Grant
from tests.ecluse.packed import link_of, reading_of, rights

PACKS = [pack.name.removeprefix("packs/") for pack in shipped.packs() if pack.roles]
PROPOSES = {Grant.PROPOSE_LEAD_STATUS, Grant.PROPOSE_APPOINTMENT}
DECIDES = {Grant.SET_LEAD_STATUS, Grant.VALIDATE_APPOINTMENT}


@pytest.mark.requirement("R001")
def test_the_catalogue_has_the_six_families() -> None:
    families = {
        "marketing": ("jobphoning-telemarketing", "marketing"),
        "SDR": ("jobphoning-telemarketing", "sdr"),
        "téléopérateurs": ("jobphoning-telemarketing", "telemarketer"),
        "commerciaux terrain": ("jobphoning-telemarketing", "field_sales"),
        "managers": ("jobphoning-telemarketing", "mission_lead"),
        "administrateur": ("crm-handbook", "administrator"),
    }

    assert {family for family, (pack, role) in families.items() if rights(pack, role)} == set(families)


@pytest.mark.requirement("R017")
@pytest.mark.parametrize(
    ("pack", "led", "lead"),
    [
        ("jobphoning-telemarketing", "telemarketer", "sdr"),
        ("jobphoning-telemarketing", "telemarketer", "mission_lead"),
        ("jobphoning-telemarketing", "mission_lead", "sales_management"),
        ("crm-handbook", "operational", "management"),
    ],
)
def test_who_leads_has_at_least_what_the_led_have(pack: str, led: str, lead: str) -> None:
    assert rights(pack, led) < rights(pack, lead)


@pytest.mark.requirement("R002")
@pytest.mark.parametrize("pack", PACKS)
def test_a_set_has_a_usual_number_of_roles_and_room_for_one_more(pack: str) -> None:
    assert len(link_of(pack).roles) in ROLES_USUAL
    assert len(link_of(pack).roles) < ROLES_MAX


@pytest.mark.requirement("R043")
@pytest.mark.parametrize("pack", PACKS)
def test_no_role_reads_a_reserved_label_on_the_link(pack: str) -> None:
    read = {label for role in link_of(pack).roles.values() for labels in role.read.values() for label in labels}

    assert read & RESERVED_LABELS == set()


@pytest.mark.parametrize("pack", PACKS)
def test_rights_reads_and_writes_of_a_set_agree(pack: str) -> None:
    """W304, W306, W310, W330 to W332: `may` knows what `read` and `write` need, and callers may not too much."""
    codes = {found.code for found in reading_of("tryton", pack, more="profiles: {}\n").findings}

    assert [code for code in codes if code.startswith(("E", "W304", "W306", "W310", "W33"))] == []


@pytest.mark.requirement("R061")
@pytest.mark.requirement("R062")
@pytest.mark.parametrize(
    ("pack", "caller", "leader"),
    [("jobphoning-telemarketing", "telemarketer", "mission_lead"), ("crm-handbook", "operational", "management")],
)
def test_who_calls_proposes_and_who_leads_decides(pack: str, caller: str, leader: str) -> None:
    roles = link_of(pack).roles

    assert set(roles[caller].write) >= PROPOSES
    assert set(roles[caller].write).isdisjoint(DECIDES)
    assert set(roles[leader].write) >= DECIDES


@pytest.mark.parametrize("pack", PACKS)
def test_no_two_roles_of_a_set_may_the_same(pack: str) -> None:
    held = {role: rights(pack, role) for role in link_of(pack).roles}

    assert [pair for pair in combinations(held, 2) if held[pair[0]] == held[pair[1]]] == []
