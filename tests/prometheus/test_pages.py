"""The pages for whoever is on duty: a section for each alert, figures that exist, a table that is that of the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.metrics import LogMetrics, Metrics
from streams.series import Family, Named
from tests.docs.pages import blocks, spans, text_of
from tests.prometheus import page
from tests.prometheus.rules import ROOT, alerts, needs_promtool, promtool, recorded, records, selectors
from tests.prometheus.test_rules import samples

RUNBOOKS = "docs/operations/alerts.md"
PAGES = (RUNBOOKS, "docs/operations/kafka.md", "docs/operations/metrics.md")
GRAVITY = {"critical": "*Page.*", "warning": "*Ticket.*", "none": "*No one.*"}
#: Set through a method.
THROUGH = {"log_messages": "count_log"}


def sections() -> dict[str, str]:
    parts = re.split(r"^#{2,3} (.+)$", text_of(RUNBOOKS), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def expressions(name: str) -> list[str]:
    """PromQL of a page: lines of its promql blocks, and spans that name a figure and do more than that."""
    lines = [line for block in blocks(name) if block.language == "promql" for line in block.text.splitlines()]
    return [*lines, *(span for span in spans(name) if "ecluse_" in span or span.startswith("job:"))]


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    told = {title for title in sections() if title.startswith("Ecluse")}
    assert told == set(alerts())


@pytest.mark.parametrize("name", alerts())
def test_a_section_says_who_is_woken_what_it_means_and_what_to_do(name: str) -> None:
    section = sections()[name]
    assert section.strip().startswith(GRAVITY[alerts()[name]["labels"]["severity"]])
    assert len(section.split()) >= 20 or name == "EcluseWatchdog"


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_on_a_page_exists(name: str) -> None:
    page_samples = samples()
    known = page_samples.keys() | {family.name for family in page.families()}
    wrong = []
    for expression in expressions(name):
        wrong += [each for each in recorded(expression) if each not in records()]
        for selector in selectors(expression):
            labels = page_samples.get(selector.name, {})
            wrong += [] if selector.name in known else [selector.name]
            wrong += [str(m) for m in selector.matchers if not {m.value} <= labels.get(m.label, set())]
    assert wrong == []


@needs_promtool
@pytest.mark.parametrize("name", PAGES)
def test_every_expression_on_a_page_is_one(name: str, tmp_path: Path) -> None:
    shown = [{"record": f"shown:{at}", "expr": each} for at, each in enumerate(expressions(name))]
    path = tmp_path / "shown.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "shown", "rules": shown}]}), "utf-8")
    promtool("check", "rules", path)


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    told = page.PAGE.read_text("utf-8")
    assert page.written(told) == told, "python -m tests.prometheus.page"


def attributes(of: Any) -> dict[str, str]:
    """Each metric's name, by the attribute that the code reaches it with."""
    found = {}
    for name, value in vars(of).items():
        metric = value.metric if isinstance(value, (Family, Named)) else value
        if hasattr(metric, "_name"):
            found[name] = metric._name
    return found


def test_every_metric_is_set_somewhere() -> None:
    """One that nobody sets is 0 for ever, and an alert on it never fires."""
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("ecluse", "web", "streams", "store")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "metrics.py"
    )
    metrics = Metrics()
    assert isinstance(metrics.log, LogMetrics)
    named = attributes(metrics) | attributes(metrics.log)
    unset = [
        metric
        for attribute, metric in named.items()
        if not re.search(rf"(?:metrics|log|counts)\.{THROUGH.get(attribute, attribute)}\b", code)
    ]
    assert unset == []
