"""The metrics page: complete before the first event, bounded whatever the configuration."""

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mapping.words import Origin, Side
from streams import metrics as m
from streams.metrics import Metrics

SERIES_CAP = 1_500


def series(page: bytes) -> list[str]:
    return [line for line in page.decode().splitlines() if line and not line.startswith("#")]


def test_a_large_installation_stays_below_fifteen_hundred_series() -> None:
    sides = itertools.cycle(Side)
    many = {f"connection-{number}": next(sides) for number in range(200)}
    metrics = Metrics(connections=many, labels=[f"label_{number}" for number in range(1_000)])
    assert len(series(metrics.render())) <= SERIES_CAP


def test_every_metric_says_what_it_is() -> None:
    families = list(text_string_to_metric_families(Metrics().render().decode()))
    assert families
    for family in families:
        assert family.name.startswith((m.PREFIX, "process_"))
        assert family.documentation.endswith("."), family.name


def test_every_combination_of_labels_is_there_before_the_first_event() -> None:
    metrics = Metrics()
    assert len(metrics.received) == len(Side) * len(Origin)
    assert len(metrics.ended) == len(Side) * len(m.End) * len(m.ENDING)
    assert len(metrics.ledger) == len(Side) * len(m.State)
    assert len(metrics.latency) == len(Side) * len(Origin)
    assert len(metrics.intake) == len(m.Result)
    page = metrics.render().decode()
    assert 'ecluse_events_received_total{origin="live",side="crm"} 0.0' in page
    assert "_created" not in page, "a series for the birth of each series would double the page"


def test_what_the_configuration_does_not_name_is_counted_as_other() -> None:
    metrics = Metrics(connections={"crm-nord": Side.CRM}, labels=["margin"])
    metrics.requests.of("unheard-of", m.Operation.PULL, m.AnswerClass.OK).inc()
    metrics.stripped.of("unheard-of").inc(3)
    page = metrics.render().decode()
    assert "unheard-of" not in page
    assert 'ecluse_fields_stripped_total{label="other"} 3.0' in page


def test_a_multiprocess_directory_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with pytest.raises(RuntimeError, match="multiprocess_metrics_refused"):
        Metrics()


def test_each_log_message_is_counted() -> None:
    metrics = Metrics()
    for method in ("info", "warning", "warn", "exception", "nonsense"):
        assert metrics.count_log(None, method, {"event": "x"}) == {"event": "x"}
    page = metrics.render().decode()
    assert 'ecluse_log_messages_total{level="warning"} 2.0' in page
    assert 'ecluse_log_messages_total{level="error"} 1.0' in page


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on this machine")
def test_promtool_finds_nothing_to_say() -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=Metrics().render(), capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()
