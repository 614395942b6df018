"""The rules for Prometheus: sound, tried by stories that fire and stories that do not, about figures that exist."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from mapping.words import Side
from streams.metrics import Metrics
from tests.prometheus.rules import (
    FOLDER,
    STORIES,
    Matcher,
    alerts,
    groups,
    needs_promtool,
    promtool,
    recorded,
    records,
    selectors,
    stories,
)

#: Labels that Prometheus adds to every sample of a target.
OF_A_TARGET = {"job", "instance", "pod"}
#: Names from the configuration: any value will do.
FREE = {"connection", "label", "version", "python"}
ALWAYS_FIRING = "EcluseWatchdog"
LANGUAGES = ("summary", "summary_fr", "description", "description_fr")


@cache
def samples() -> dict[str, dict[str, set[str]]]:
    """Every sample of the page before the first event: its labels, and the values they have."""
    page = Metrics(connections={"crm-nord": Side.CRM}, labels=["margin"]).render().decode()
    found: dict[str, dict[str, set[str]]] = {"up": {}}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


@needs_promtool
def test_promtool_has_nothing_to_say_about_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", "--lint=all", "--lint-fatal", FOLDER / "rules.yml")


@needs_promtool
def test_promtool_has_nothing_to_say_about_the_example_of_a_configuration() -> None:
    assert "SUCCESS" in promtool("check", "config", FOLDER / "prometheus.yml")


@needs_promtool
@pytest.mark.parametrize("group", [group["name"] for group in groups()])
def test_each_alert_of_a_group_fires_in_one_story_and_is_silent_in_the_other(group: str, tmp_path: Path) -> None:
    """Each group with its own stories only: promtool evaluates every rule in every story, which would take a minute."""
    rules = next(each["rules"] for each in groups() if each["name"] == group)
    wanted = _with_sources([rule["expr"] for rule in rules])
    kept = [{"name": "records", "rules": [{"record": name, "expr": records()[name]} for name in wanted]}]
    own = [rule for rule in rules if "alert" in rule]
    told = [story for story in stories() if story.alert in {rule["alert"] for rule in own}]
    days = [story for story in told if story.test["interval"] != "1m"]
    _write(tmp_path / "rules.yml", {"groups": [*kept, {"name": group, "rules": own}]})
    for interval, chosen in (("1m", [story for story in told if story not in days]), ("4m", days)):
        tests = [story.test for story in chosen]
        if tests:
            path = _write(
                tmp_path / f"{interval}.yml",
                {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": tests},
            )
            assert "SUCCESS" in promtool("test", "rules", path)


@needs_promtool
def test_the_recorded_series_say_what_they_are_named() -> None:
    assert "SUCCESS" in promtool("test", "rules", STORIES / "records.yml")


def test_each_alert_has_a_story_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fired = {story.alert for story in stories() if story.fires}
    silent = {story.alert for story in stories() if not story.fires}
    assert fired == set(alerts())
    assert silent == set(alerts()) - {ALWAYS_FIRING}
    for story in stories():
        assert story.name.startswith(f"{story.alert} "), story.name


@pytest.mark.parametrize("name", alerts())
def test_each_alert_says_how_grave_it_is_in_both_languages_and_where_to_read_on(name: str) -> None:
    rule = alerts()[name]
    assert re.fullmatch(r"Ecluse[A-Z]\w+", name)
    assert rule["labels"]["severity"] in {"critical", "warning", "none"}
    notes = rule["annotations"]
    assert notes["runbook"] == f"docs/operations/alerts.md#{name.lower()}"
    for language in LANGUAGES:
        assert notes[language].strip().endswith("."), language
    assert len(notes["summary"]) <= 80
    assert len(notes["summary_fr"]) <= 90


@pytest.mark.parametrize("name", alerts())
def test_an_alert_that_shows_a_label_still_has_it_when_it_fires(name: str) -> None:
    shown = set(re.findall(r"\$labels\.(\w+)", " ".join(alerts()[name]["annotations"].values())))
    for story in stories():
        if story.alert == name:
            for labels in story.fires:
                assert shown <= set(re.findall(r"(\w+)=", labels)), story.name


def test_every_figure_that_a_rule_reads_is_on_the_page_with_the_labels_it_asks_for() -> None:
    page = samples()
    wrong = []
    for expression in [rule["expr"] for group in groups() for rule in group["rules"]]:
        assert recorded(expression) <= records().keys(), expression
        for selector in selectors(expression):
            if selector.name not in page:
                wrong.append(selector.name)
                continue
            wrong += [f"{selector.name} {m}" for m in selector.matchers if not _known(m, page[selector.name])]
    assert wrong == []


def test_every_label_that_a_rule_sums_away_belongs_to_what_it_sums() -> None:
    wrong = []
    for expression in [rule["expr"] for group in groups() for rule in group["rules"]]:
        known = OF_A_TARGET | {"le"}
        for selector in selectors(expression):
            known |= samples().get(selector.name, {}).keys()
        for record in recorded(expression):
            known |= {label for inner in selectors(records()[record]) for label in samples()[inner.name]}
        for listed in re.findall(r"(?:without|by|on|ignoring)\s*\(([^)]*)\)", expression):
            wrong += [(label, expression) for label in re.split(r"\s*,\s*", listed) if label not in known]
    assert wrong == []


def _known(matcher: Matcher, labels: dict[str, set[str]]) -> bool:
    if matcher.label in OF_A_TARGET | FREE:
        return True
    asked = matcher.value.split("|") if "~" in matcher.operator else [matcher.value]
    return set(asked) <= labels.get(matcher.label, set())


def _with_sources(expressions: list[str]) -> list[str]:
    """Recorded series that these expressions need, each after those that it needs itself."""
    found: list[str] = []
    for expression in expressions:
        for name in sorted(recorded(expression)):
            found += [each for each in [*_with_sources([records()[name]]), name] if each not in found]
    return found


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path
