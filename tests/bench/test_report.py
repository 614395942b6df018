"""The report of the bench: the agreed shape, the page, the plot; from figures that were made up."""

import copy
import xml.etree.ElementTree as ET

import pytest

from bench import report, report_page, report_sections
from bench.core import Core
from bench.kafka import Figures, Run
from bench.kafka_contenders import peers
from bench.kafka_latency import Latency
from bench.kafka_load import Form, Load
from bench.kafka_memory import Flat, Waiting

EVERYBODY = ("ecluse", "quixstreams", "bytewax", "faststream", "faust", "pathway", "kafka-connect")


MAIN = Load(300_000)


def run(name, speed, cost, *, form=Form.JSON, load=MAIN, workers=1):
    return Run(name, form, "at least once", workers, load, 3, speed, cost, 120.0, (speed * 0.9, speed * 1.1))


def figures(*, ours=(60_000.0, 12.0)):
    runs = [run(name, 20_000.0 + number, 30.0 + number) for number, name in enumerate(EVERYBODY[1:])]
    runs.append(run("ecluse", *ours, form=Form.SEALED))
    runs.append(run("ecluse", 70_000.0, 10.0, form=Form.UNSEALED))
    runs.append(run("ecluse", 59_000.0, 12.6, form=Form.SEALED, load=Load(300_000, tenants=1_000)))
    runs.append(run("ecluse", 9_000.0, 50.0, form=Form.SEALED, load=Load(30_000, 10_240)))
    runs.append(run("ecluse", 66_000.0, 13.0, form=Form.SEALED, load=Load(100_000), workers=2))
    latency = [Latency("ecluse", 50, 5.0, 8.0, 12.0), Latency("bytewax", 1_000, 25.0, 30.0, 40.0)]
    heap, flat = Waiting(1_000_000, 150.0), Flat(600.0, 2_000, 101.0, 102.0, 110.0)
    return Figures(runs, latency, heap, flat, ["pathway: not installed: its packages could not be installed"])


def told(**given):
    core = Core(3.3, 8.8, 2.67, "compiled", 9.4, 2.85, 21.0, 6.36, 0.0)
    return report.as_json(core, [], figures(**given), quick=False)


def test_the_figures_have_the_shape_that_was_agreed():
    assert report.misshapen(told()) == []


@pytest.mark.parametrize("key", ["machine", "runs", "core", "embedded", "latency"])
def test_a_key_that_is_missing_is_noticed(key):
    made = told()
    del made[key]
    assert key in report.misshapen(made)


def test_a_figure_that_is_missing_is_noticed():
    made = copy.deepcopy(told())
    del made["runs"][0]["cpu_us_per_event"]
    assert report.misshapen(made) == ["runs.0.cpu_us_per_event"]


def test_what_ran_in_clear_is_not_among_the_runs():
    made = told()
    assert all(one["encryption"] for one in made["runs"] if one["name"] == "ecluse")
    assert [one["encryption"] for one in made["without_encryption"]] == [False]


def test_everybody_is_on_the_page_and_in_the_table():
    made = told()
    page, table = report_page.page(made), "\n".join(report.table(made))
    for name in EVERYBODY:
        assert report_sections.TITLES[name] in page
        assert name in table


def test_a_peer_that_is_missing_is_named_with_its_reason():
    made = told()
    assert "pathway: not installed" in report_page.page(made)
    assert "left out: pathway: not installed" in "\n".join(report.table(made))


def test_a_comparison_that_is_won_is_said():
    said = "\n".join(report_page.ratios(told()))
    assert "3.00 × the events a second of Pathway, the fastest Python peer: ahead of it." in said
    assert "0.34 × the CPU an event of Kafka Connect: less than it" in said


def test_a_comparison_that_is_lost_is_said_as_plainly():
    said = "\n".join(report_page.ratios(told(ours=(10_000.0, 70.0))))
    assert "**behind** it" in said
    assert "**more than** it" in said


def test_the_page_says_what_more_tenants_cost_and_what_two_workers_bring():
    page = report_page.page(told())
    assert "1.05 × that with one" in page
    assert "1.10 × what one does" in page


def test_the_page_names_no_place_of_the_machine_it_was_made_on():
    page = report_page.page(told())
    assert "/work" not in page
    assert "/home" not in page
    assert "/tmp" not in page


def test_the_plot_is_one_picture_with_a_bar_for_each_contender_in_each_chart():
    picture = ET.fromstring(report_page.plot(told()))
    bars = [bar for bar in picture.iter() if bar.tag.endswith("rect")]
    assert len(bars) == 2 * len(EVERYBODY)
    assert [bar.get("class") for bar in bars].count("e") == 2


def test_the_longest_bar_of_the_first_chart_is_the_fastest():
    bars = [bar for bar in ET.fromstring(report_page.plot(told())).iter() if bar.tag.endswith("rect")]
    widths = [float(bar.attrib["width"]) for bar in bars[: len(EVERYBODY)]]
    assert widths == sorted(widths, reverse=True)
    assert bars[0].get("class") == "e"


def test_each_peer_has_a_program_and_a_lock_that_names_its_version():
    for peer in peers():
        assert peer.lock.with_suffix(".py").exists()
        assert peer.version[0].isdigit()
        assert "--hash=sha256:" in peer.lock.read_text("utf-8")
