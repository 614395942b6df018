"""The table of `docs/operations/metrics.md`, from registry and rules: `python -m tests.prometheus.page` writes it."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics_core import Metric

from mapping.words import Side
from streams.metrics import Metrics
from tests.prometheus.rules import alerts, reached

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations" / "metrics.md"
BEGIN, END = "<!-- the table: written by tests/prometheus/page.py -->", "<!-- end of the table -->"
#: More values than this are not listed.
MOST = 8
#: Labels whose values come from the configuration.
CONFIGURED = {"connection": "names of connections", "label": "labels of the links"} | dict.fromkeys(
    ("version", "python", "runtime"), ""
)
SUFFIX = {"counter": "_total"}


def families() -> Iterator[Metric]:
    """In the order of the code; the process's own last."""
    found = list(Metrics(connections={"crm-nord": Side.CRM}).registry.collect())
    yield from sorted(found, key=lambda family: family.name.startswith("process_"))


def table() -> str:
    lines = ["| metric | labels | what it says | alerts |", "| --- | --- | --- | --- |"]
    for family in families():
        name = family.name + SUFFIX.get(family.type, "")
        links = ", ".join(f"[{alert[6:]}](alerts.md#{alert.lower()})" for alert in _alerts(family))
        lines.append(f"| `{name}` {family.type} | {_labels(family)} | {family.documentation} | {links} |")
    return "\n".join(lines)


def _alerts(family: Metric) -> list[str]:
    names = {sample.name for sample in family.samples} | {family.name}
    return [name for name, rule in alerts().items() if reached(rule["expr"]) & names]


def _labels(family: Metric) -> str:
    values: dict[str, dict[str, None]] = {}
    for sample in family.samples:
        for label, value in sample.labels.items():
            if label != "le":
                values.setdefault(label, {})[value] = None
    return "; ".join(_said(label, list(found)) for label, found in values.items())


def _said(label: str, values: list[str]) -> str:
    if label in CONFIGURED:
        return f"`{label}`" + (f": {CONFIGURED[label]}" if CONFIGURED[label] else "")
    if label == "reason":
        return "`reason`: [reasons](../reasons.md)"
    return f"`{label}`: " + ", ".join(values[:MOST])


def written(text: str) -> str:
    """The page with its table as it has to be."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
