"""The demonstration: counted on both sides, the same for the same seed, and telling when something is wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ecluse.demo import firm, ground, real, scenario, search, week, words
from ecluse.demo.figures import Figures
from ecluse.demo.report import WRONG
from ecluse.demo.scenario import made_up
from mapping.words import Side
from store.conservation import Balance

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.requirement("R098")
def test_the_firm_has_the_size_that_the_documents_name() -> None:
    held = firm.firm(1)
    counts = {name: sum(1 for _ in held.of(name)) for name in ("account", "contact", "opportunity")}
    assert len(held.owners) == 15
    assert counts == {"account": 900, "contact": 3_000, "opportunity": 1_500}
    people = ground.example_people(date(2026, 11, 22)).splitlines()
    assert sum(",teleoperator," in row for row in people) == 5
    assert 400 <= week.CALLS <= 999


def test_the_same_seed_tells_the_same_story() -> None:
    assert firm.firm(3) == firm.firm(3)
    assert firm.firm(3) != firm.firm(4)


def test_every_number_rings_nowhere_and_belongs_to_one() -> None:
    numbers = [record.fields["phone"] for record in firm.firm(5).of("contact") if record.fields["phone"]]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith((*words.FICTION, words.FICTION_MOBILE)) for number in numbers)
    assert all(len(number) == 12 for number in numbers)


def test_campaigns_run_on_whichever_day_it_is_played() -> None:
    text = ground.example_link(date(2031, 3, 2))
    assert "2026-" not in text
    assert "ends: 2031-04-10" in text


@pytest.mark.requirement("R043")
@pytest.mark.requirement("R044")
@pytest.mark.requirement("R045")
def test_no_reserved_value_reaches_the_dialer(played: tuple[Path, Figures]) -> None:
    _folder, figures = played
    assert figures.prospects > 100
    assert figures.searched.values > 3_000
    assert figures.searched.found == 0


@pytest.mark.requirement("R062")
def test_what_the_crm_holds_is_what_a_manager_validated(played: tuple[Path, Figures]) -> None:
    _folder, figures = played
    states = figures.proposals["appointment"]
    assert states["written"] == figures.written["appointments"] > 0
    assert states["rejected"] > 0
    assert states["proposed"] > 0


def test_each_mishap_ends_with_its_reason(played: tuple[Path, Figures]) -> None:
    _folder, figures = played
    assert {name.removeprefix("mishap-"): reason for name, (_, reason) in figures.mishaps.items()} == {
        "foreign-campaign": "outside_person_perimeter",
        "self-validated": "not_granted",
        "sixth-kind": "sixth_kind_of_write",
        "unknown-disposition": "unknown_disposition",
        "unknown-person": "unknown_person",
        "unknown-record": "unknown_record",
    }


def test_the_second_pass_changes_nothing(played: tuple[Path, Figures]) -> None:
    _folder, figures = played
    assert not any(figures.again.values())
    assert figures.told_again >= figures.told
    assert figures.wrong() == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("conservation", {"balances": {Side.CRM: Balance(2, 1, 0, 0, 0, 0, 0)}}),
        ("in_flight", {"balances": {Side.CRM: Balance(1, 0, 0, 0, 0, 0, 1)}}),
        ("nothing_sent", {"prospects": 0}),
        ("reserved_values", {"searched": search.Searched(1, 1, 1)}),
        ("sixth_kind_of_write", {"violations": 1}),
        ("appointments", {"written": {"appointments": 10_000}}),
        ("calls", {"written": {"calls": 10_000}}),
        ("opportunities", {"owed": {"opportunities": 10_000}}),
        ("told", {"owed": {"calls": 10_000}}),
        ("idempotence", {"again": {"sent": 1}}),
    ],
)
def test_whatever_is_wrong_is_said(played: tuple[Path, Figures], name: str, change: dict[str, object]) -> None:
    _folder, figures = played
    spoilt = replace(figures, **change)  # type: ignore[arg-type]
    assert name in spoilt.wrong()
    assert name in WRONG


def test_a_number_is_found_as_a_number_and_nowhere_else() -> None:
    body = b'{"note":"worth 4821 EUR","phone":"+33199004821","mail":"c-4821@x.example","id":"c4821","n":55.0}'
    assert search.search([], [body], [4821]).found == 1
    assert search.search([], [body], [55]).found == 1
    assert search.search([], [body], [199_004_821]).found == 0
    assert search.search([], [body.replace(b"4821 EUR", b"")], [4821]).found == 0
    assert search.search([b"host: the margin is thin"], [], ["margin is thin"]).found == 1


def test_the_demo_prints_its_figures_for_machines_too(ecluse, tmp_path: Path) -> None:
    said = ecluse("demo", "--seed", "11", "--output", "json", "--keep", tmp_path / "kept")
    figures = json.loads(said.out)
    assert said.code == 0
    assert figures["schema"] == "ecluse/demo/1"
    assert figures["wrong"] == []
    assert figures["balances"]["crm"]["received"] == 3_000
    assert ecluse("demo", "--keep", tmp_path / "kept").code == 1


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not on this machine")
class TestRealData:
    """The scenario made of real files, without playing it: `ecluse demo --data` does that."""

    def test_every_deal_and_every_call_is_in_it(self) -> None:
        told = real.real(DATA, 1, datetime.now(UTC).date())
        assert told.owed == {"opportunities": 6_600, "calls": 27_000}
        assert len(told.rows["opportunity"]) == 6_600
        assert {row["account"] for row in told.rows["contact"] if "account" in row} >= {
            row["id"] for row in told.rows["account"]
        }

    def test_slips_of_the_pen_are_mended_and_said(self) -> None:
        told = real.real(DATA, 1, datetime.now(UTC).date())
        assert told.mended["GTXPro -> GTX Pro"] == 1_103
        assert told.mended["technolgy -> technology"] == 12
        assert "technolgy" not in {row["sector"] for row in told.rows["account"]}
        assert all(row["list_price"] for row in told.rows["opportunity"])

    def test_prices_are_those_of_the_files(self) -> None:
        told = real.real(DATA, 1, datetime.now(UTC).date())
        assert {4821, 5482, 26768} <= {row["list_price"] for row in told.rows["opportunity"]}
        assert 1054 in told.reserved


def test_a_missing_file_is_named(ecluse, tmp_path: Path) -> None:
    said = ecluse("demo", "--data", tmp_path)
    assert said.code == 1
    assert "sales_teams.csv" in said.err


def test_answers_leave_some_waiting() -> None:
    proposals = [(f"p{number}", "appointment", "contact/1") for number in range(10)]
    said = scenario.answers(proposals, datetime.now(UTC))
    assert [one.type.rpartition(".")[2] for one in said] == ["validated"] * 6 + ["rejected"] * 2


def test_the_made_up_scenario_holds_something_back() -> None:
    told = made_up(1, date(2026, 11, 22))
    assert len(told.reserved) > 5_000
