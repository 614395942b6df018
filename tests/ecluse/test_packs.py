"""Packs: found by name, joined and never overlaid, shown as shipped, and no file of a firm takes their place."""

import json
from pathlib import Path

import pytest

from ecluse import shipped
from ecluse.links import read
from ecluse.rulings import source_of
from mapping.bundle import unpack
from mapping.findings import Severity
from mapping.sharing import SHARED_KEYS
from tests.ecluse.conftest import Run
from tests.ecluse.packed import LABELS, NOBODY, reading_of

EXAMPLE = Path("examples/packs/link.yaml")
NAMES = [pack.name for pack in shipped.packs()]
ROLES = [pack.name.removeprefix("packs/") for pack in shipped.packs() if pack.roles]
CRMS = [pack.name.removeprefix("packs/") for pack in shipped.packs() if pack.labels]


def errors(*packs: str, more: str) -> list[tuple[str, str, int]]:
    found = reading_of(*packs, more=more).findings
    return [(one.code, one.file, one.line) for one in found if one.severity is Severity.ERROR]


@pytest.fixture
def folder(tmp_path: Path, ecluse: Run) -> Path:
    """A working folder whose link stands on two packs."""
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "ouest.yaml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.mark.requirement("R034")
def test_a_link_that_stands_on_two_packs_has_nothing_to_correct(ecluse: Run) -> None:
    said = ecluse("check", EXAMPLE)

    assert (said.code, "0 errors, 0 warnings" in said.out) == (0, True)


def test_a_pack_holds_what_shared_files_may_hold_and_is_read_without_a_finding() -> None:
    for pack in shipped.packs():
        assert set(pack.tree) <= set(SHARED_KEYS), pack.name
        assert pack.labels or pack.roles, pack.name


@pytest.mark.requirement("R002")
@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("roles", ROLES)
def test_any_crm_goes_with_any_set_of_roles(crm: str, roles: str) -> None:
    found = reading_of(crm, roles, more=NOBODY).findings

    assert {one.code for one in found} <= {"N402", "W309", "W311", "W312", "W315", "W301"}
    assert [one.args["word"] for one in found if one.code == "W301"] == []


@pytest.mark.requirement("R002")
def test_two_sets_of_roles_in_one_link_are_too_many() -> None:
    codes = [code for code, _file, _line in errors("jobphoning-telemarketing", "marketing-crm", more=LABELS + NOBODY)]

    assert codes == ["E124"]


def test_a_firm_labels_the_fields_that_it_added() -> None:
    reading = reading_of("salesforce", "crm-handbook", more="labels: {account: {Plant_Size__c: context}}\n" + NOBODY)

    assert reading.link is not None
    account = {item.value: fields for item, fields in reading.link.labels.items()}["account"]
    assert (account["Plant_Size__c"], account["AnnualRevenue"]) == ("context", "strategy")


@pytest.mark.parametrize("label", ["progress", "margin", "pricing"])
def test_no_field_of_a_pack_is_labelled_otherwise_neither_laxer_nor_stricter(label: str) -> None:
    reading = reading_of("salesforce", "crm-handbook", more=f"labels: {{opportunity: {{Amount: {label}}}}}\n" + NOBODY)
    finding = next(one for one in reading.findings if one.code == "E103")

    assert reading.link is None
    assert "packs/salesforce says it already, at packs/salesforce:" in finding.notes[-1].text()


def test_nor_by_writing_it_in_other_letters() -> None:
    more = "labels: {opportunity: {amount: progress, aMOUNT2: progress}}\n" + NOBODY

    assert errors("salesforce", "crm-handbook", more=more) == [("E130", "links/ouest.yaml", 8)]


def test_a_role_of_a_pack_is_extended_but_not_rewritten() -> None:
    wider = "roles: {callback_team: {extends: telemarketer, may: {reports: [read]}}}\n"
    again = "roles: {telemarketer: {read: {opportunity: [pricing]}}}\n"

    assert errors("tryton", "jobphoning-telemarketing", more=wider + NOBODY) == []
    assert [code for code, *_ in errors("tryton", "jobphoning-telemarketing", more=again + NOBODY)] == ["E103"]


def test_a_finding_in_a_pack_names_the_pack_and_its_line(folder: Path, ecluse: Run) -> None:
    link = folder / "links" / "ouest.yaml"
    fields = "fields:\n  - {from: opportunity.amount, to: amount, as: decimal}\n"
    link.write_text(link.read_text("utf-8").replace("fields:\n", fields), "utf-8")
    line = next(at for at, text in enumerate(_lines("packs/tryton"), 1) if text.strip() == "amount: pricing")

    said = ecluse("-C", folder, "check")

    assert said.code == 1
    assert f"labelled pricing (packs/tryton:{line})" in said.out


@pytest.mark.parametrize("place", ["packs", "links/packs"])
def test_a_firms_file_of_the_same_name_is_refused_and_neither_counts(folder: Path, ecluse: Run, place: str) -> None:
    (folder / place).mkdir()
    (folder / place / "tryton.yaml").write_text("labels: {opportunity: {amount: progress}}\n", "utf-8")

    said = ecluse("-C", folder, "check")

    assert said.code == 1
    assert f'E129 "packs/tryton" is a pack of Écluse, and {place}/tryton.yaml has its name' in said.out


def test_a_firms_own_file_may_stand_in_a_folder_called_packs(folder: Path, ecluse: Run) -> None:
    (folder / "packs").mkdir()
    (folder / "packs" / "ouest.yaml").write_text("labels: {contact: {hobby: confidential}}\n", "utf-8")
    link = folder / "links" / "ouest.yaml"
    link.write_text(link.read_text("utf-8").replace("use: [", "use: [packs/ouest, "), "utf-8")

    assert ecluse("-C", folder, "check").code == 0


def test_a_misspelt_pack_is_told_the_nearest(folder: Path, ecluse: Run) -> None:
    link = folder / "links" / "ouest.yaml"
    link.write_text(link.read_text("utf-8").replace("packs/tryton,", "packs/triton,"), "utf-8")

    said = ecluse("-C", folder, "check", "--output", "json")

    assert next(one["nearest"] for one in json.loads(said.out)["files"][0]["findings"] if one["code"] == "E126") == (
        "packs/tryton"
    )


def test_a_revision_keeps_the_text_of_its_packs(folder: Path, ecluse: Run) -> None:
    bundle = unpack(source_of(read(folder / "links" / "ouest.yaml", folder)))

    assert set(bundle.shared) == {"packs/tryton", "packs/jobphoning-telemarketing"}
    assert bundle.shared["packs/tryton"] == shipped.texts()["packs/tryton"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_list_names_every_pack_and_what_it_holds(ecluse: Run, language: str) -> None:
    said = ecluse("--lang", language, "packs", "ls")

    assert said.code == 0
    assert [name for name in NAMES if name not in said.out] == []
    assert "7 roles: telemarketer" in said.out or "7 rôles : telemarketer" in said.out


def test_a_pack_is_shown_as_it_is_shipped(ecluse: Run) -> None:
    for name in ("salesforce", "packs/salesforce"):
        assert ecluse("packs", "show", name).out == shipped.texts()["packs/salesforce"]
    shown = json.loads(ecluse("packs", "show", "salesforce", "--output", "json").out)
    assert shown["labels"]["opportunity"]["Amount"] == "pricing"
    assert {one["pack"] for one in json.loads(ecluse("packs", "ls", "--output", "json").out)["packs"]} == set(NAMES)


def test_an_unknown_pack_is_an_error_of_usage(ecluse: Run) -> None:
    said = ecluse("packs", "show", "salesforc")

    assert (said.code, 'Did you mean "salesforce"?' in said.err) == (2, True)


def test_a_copy_under_another_name_is_the_firms_to_change(folder: Path, ecluse: Run) -> None:
    (folder / "labels").mkdir()
    text = shipped.texts()["packs/tryton"].replace("description: confidential", "description: progress")
    (folder / "labels" / "crm.yaml").write_text(text, "utf-8")
    link = folder / "links" / "ouest.yaml"
    link.write_text(link.read_text("utf-8").replace("packs/tryton,", "labels/crm,"), "utf-8")

    assert ecluse("-C", folder, "check").code == 0


def _lines(name: str) -> list[str]:
    return shipped.texts()[name].splitlines()
