"""A spreadsheet of who may see what, as Excel in French writes it, made into cases."""

from pathlib import Path

import pytest
import yaml

from ecluse import i18n
from ecluse.cases.made import MADE, made_from
from ecluse.folder import BadFolderError
from tests.ecluse.cases.conftest import policy_with

WIDE = """Champ;teleoperator;mission_lead;quality;sales_direction;Commentaire
contact.identity;oui;Oui;X;✓;"nom; prénom"
Contact . Phone;OUI;vrai;non;;
compte.identity;1;1,0;o;yes;
Opportunité.margin;non;0;;-;
contact.email;masqué;oui;n;no;
;;;;;
"""


@pytest.fixture
def made(tmp_path: Path):
    """The lists that a sheet is made into."""
    i18n.speak("en")

    def read(raw: str | bytes):
        sheet = tmp_path / "matrice.csv"
        sheet.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        text = made_from(sheet, policy_with())
        assert text.startswith(MADE)
        return yaml.safe_load(text)["cases"][0]["allow"]

    return read


READ = {
    "teleoperator": ["contact.identity", "contact.phone", "account.identity"],
    "mission_lead": ["contact.identity", "contact.phone", "account.identity", "contact.email"],
    "quality": ["contact.identity", "account.identity"],
    "sales_direction": ["contact.identity", "account.identity"],
}


@pytest.mark.parametrize(
    "raw",
    [
        WIDE.encode(),
        WIDE.replace("\n", "\r\n").encode("utf-8-sig"),
        WIDE.replace("✓", "oui").encode("cp1252"),
        ("sep=;\r\n" + WIDE).encode("utf-8-sig"),
        WIDE.replace(";", "\t").encode("utf-16"),
        WIDE.replace("1,0", "1").replace(";", ",").encode(),
    ],
)
def test_a_sheet_is_read_however_excel_wrote_it(made, raw):
    allow = made(raw)
    assert allow["read"] == READ
    assert allow["masked"]["teleoperator"] == ["contact.email"]
    assert not any(allow["masked"][who] for who in READ if who != "teleoperator")


def test_a_line_may_be_a_pair_and_a_column_a_field(made):
    pairs = "Profil,Objet,Champ,Droit\n" + "quality,compte,industry,oui\nquality,contact,phone,masqué\n"
    assert made(pairs)["read"]["quality"] == ["account.industry"]
    assert made(pairs)["masked"]["quality"] == ["contact.phone"]
    turned = "profil;contact.phone;account.context\nquality;non;oui\nmission_lead;oui;oui\n"
    assert made(turned)["read"]["quality"] == ["account.context"]
    assert made(turned)["read"]["mission_lead"] == ["contact.phone", "account.context"]


def test_object_and_field_may_stand_in_two_columns(made):
    assert made("Objet;Champ;quality\nContact;Phone;oui\nCompte;City;oui\n")["read"]["quality"] == [
        "contact.phone", "account.city"
    ]  # fmt: skip


def test_a_label_alone_is_meant_of_every_object_that_carries_it(made):
    assert made("libellé;quality\nidentity;oui\n")["read"]["quality"] == ["contact.identity", "account.identity"]


def test_a_field_that_is_denied_is_taken_out_of_its_label(made):
    sheet = "champ;quality;mission_lead\ncontact.identity;oui;oui\ncontact.job;non;masqué\n"
    assert made(sheet)["read"]["quality"] == ["contact.first_name", "contact.last_name"]
    assert made(sheet)["read"]["mission_lead"] == ["contact.identity"]
    assert made(sheet)["masked"]["mission_lead"] == ["contact.job"]


def test_writes_are_tried_where_the_sheet_speaks_of_them(made):
    assert "write" not in made(WIDE)
    allow = made("droit;teleoperator;mission_lead\nvalidate_appointment;non;oui\n")
    assert allow["write"]["mission_lead"] == ["validate_appointment"]
    assert "read" not in allow


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        ("champ;qualty;mission_lead\ncontact.phone;oui;oui\n", ("E113", 1, "quality")),
        ("champ;quality\ncontact.phon;oui\n", ("E113", 2, "contact.phone")),
        ("champ;quality\ncontact.phone;ouii\n", ("E113", 2, "oui")),
        ("champ;quality\ncontact.phone;oui\nContact.Phone;non\n", ("E103", 3, "")),
        ("profil;champ;droit\nqualiti;contact.phone;oui\n", ("E113", 2, "quality")),
        ("a;b;c\n1;2;3\n", ("E114", 1, "")),
        ("", ("E114", 1, "")),
    ],
)
def test_a_word_that_nobody_knows_is_found_at_its_line(made, sheet, found):
    with pytest.raises(BadFolderError) as wrong:
        made(sheet)
    assert found in [(one.code, one.line, one.nearest) for one in wrong.value.findings]


@pytest.mark.parametrize("raw", [b"\xff", b"\x00;\x01\n", b'"', b"\xff\xfe\x00", b"\xc3;\n"])
def test_no_bytes_are_a_crash(made, raw):
    with pytest.raises(BadFolderError):
        made(raw)


def test_a_sheet_without_an_answer_denies_everything(made):
    assert made("champ;quality\n;;;;\n")["read"] == {who: [] for who in READ}
