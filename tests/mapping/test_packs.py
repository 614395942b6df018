"""Shared files whose names begin with `packs/`: what is only true of those, whatever they hold."""

from mapping.findings import Finding
from mapping.reader import read_link
from tests.mapping.files import GOOD, swap

PACK = "labels:\n  opportunity:\n    Sum: pricing\n"
SPARE = "roles:\n  spare: {read: {contact: [identity]}}\n"
SHARED = {"packs/erp": PACK, "packs/spare": SPARE, "roles/spare": SPARE, "labels/erp": PACK}


def found(text: str, code: str, clashes: dict[str, str] | None = None) -> list[Finding]:
    return [one for one in read_link(text, "nord", shared=SHARED, clashes=clashes).findings if one.code == code]


def labelled(line: str) -> str:
    return swap(GOOD, ("opportunity: {stage", f"opportunity: {{{line}, stage"))


def test_a_file_with_the_name_of_a_pack_is_refused_whatever_it_holds() -> None:
    clashes = {"packs/erp": "packs/erp.yaml"}
    [finding] = found(GOOD + "use: packs/erp\n", "E129", clashes=clashes)

    assert (finding.pointer, finding.args["file"]) == ("/use", "packs/erp.yaml")
    assert found(GOOD + "use: labels/erp\n", "E129", clashes=clashes) == []


def test_a_packs_field_in_other_letters_is_refused_with_its_place() -> None:
    [finding] = found(labelled("sUM: progress") + "use: packs/erp\n", "E130")

    assert (finding.args["same"], finding.args["where"]) == ("Sum", "packs/erp:3")
    assert found(labelled("sUM: progress") + "use: labels/erp\n", "E130") == []


def test_who_labels_a_packs_field_again_is_shown_the_way_out() -> None:
    [finding] = found(labelled("Sum: progress") + "use: packs/erp\n", "E103")
    [shared] = found(labelled("Sum: progress") + "use: labels/erp\n", "E103")

    assert finding.notes[-1].text().startswith("packs/erp says it already, at packs/erp:3")
    assert shared.notes[-1].text() == "keep one of the two; the first is at labels/erp:3"


def test_a_role_that_nobody_has_is_no_news_in_a_pack() -> None:
    assert found(GOOD + "use: packs/spare\n", "N405") == []
    assert [one.args["role"] for one in found(GOOD + "use: roles/spare\n", "N405")] == ["spare"]
