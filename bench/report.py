"""All figures of one sitting, as JSON in the shape that is agreed, and as a table on the terminal."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.core import Core
from bench.embedded import Embedded
from bench.kafka import Figures, Run
from bench.kafka_connect import Connect
from bench.kafka_contenders import peers
from bench.kafka_latency import Latency
from bench.kafka_load import Form
from deploy.kafka import jars

OURS = "ecluse"
#: What has to be there, and of which type, for whoever reads the file.
RUN = {
    "name": str,
    "workers": int,
    "record_bytes": int,
    "tenants": int,
    "events_per_s": float,
    "cpu_us_per_event": float,
}


def machine() -> dict[str, Any]:
    """What the figures were seen on; no name of it."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    return {
        "cores": os.cpu_count() or 0,
        "cpu": cpu[1] if cpu else platform.machine(),
        "memory_gib": round(int(memory[1]) / 2**20) if memory else 0,
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Of everybody who was to be measured, and of what carries them."""
    ours = {name: metadata.version(name) for name in ("confluent-kafka", "orjson", "cryptography")}
    others: Sequence[Any] = (*peers(), Connect())
    return {OURS: metadata.version(OURS), "kafka": jars.version(), **ours, **{who.name: who.version for who in others}}


def as_json(core: Core | None, embedded: Sequence[Embedded], figures: Figures, *, quick: bool) -> dict[str, Any]:
    """The agreed shape, and more keys beside it. Runs in clear stand apart, so that none is taken for the real one."""
    sealed = [run for run in figures.runs if run.form is not Form.UNSEALED]
    told: dict[str, Any] = {
        "machine": machine(),
        "versions": versions(),
        "quick": quick,
        "runs": [_run(run) for run in sealed],
        "without_encryption": [_run(run) for run in figures.runs if run.form is Form.UNSEALED],
        "latency": [_late(one) for one in figures.latency if one.name == OURS],
        "latency_of_peers": [_late(one) | {"name": one.name} for one in figures.latency if one.name != OURS],
        "embedded": [
            {
                "store": one.store,
                "events_per_s": round(one.events_per_s, 1),
                "bare_per_s": round(one.bare_per_s, 1),
                "pair_per_s": round(one.pair_per_s, 1),
                "rows_per_s": round(one.rows_per_s, 1),
                "settings": one.settings,
            }
            for one in embedded
        ],
        "left_out": list(figures.left_out),
    }
    if core is not None:
        told["core"] = {
            "orjson_us": round(core.orjson_us, 3),
            "decision_us": round(core.decision_us, 3),
            "ratio": round(core.ratio, 3),
            "path": core.core,
            "masked_us": round(core.masked_us, 3),
            "masked_ratio": round(core.masked_ratio, 3),
            "python_alone_us": round(core.pure_us, 3),
            "fell_back": round(core.fell_back, 4),
        }
    memory = {"waiting": figures.waiting, "flat": figures.flat}
    told["memory"] = {
        name: {key: round(value, 1) for key, value in one._asdict().items()} for name, one in memory.items() if one
    }
    return told


def _run(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "workers": run.workers,
        "record_bytes": run.load.size,
        "tenants": run.load.tenants,
        "events_per_s": round(run.events_per_s, 1),
        "cpu_us_per_event": round(run.cpu_us_per_event, 2),
        "records": run.load.records,
        "rounds": run.rounds,
        "slowest_per_s": round(run.spread[0], 1),
        "fastest_per_s": round(run.spread[1], 1),
        "peak_rss_mb": round(run.peak_rss_mb, 1),
        "guarantee": run.guarantee,
        "encryption": run.form is Form.SEALED,
    }


def _late(one: Latency) -> dict[str, Any]:
    return {
        "rate": one.rate,
        "p50_ms": round(one.p50_ms, 2),
        "p95_ms": round(one.p95_ms, 2),
        "p99_ms": round(one.p99_ms, 2),
    }


def misshapen(told: dict[str, Any]) -> list[str]:
    """What is not as it was agreed; empty where all is."""
    found = [key for key in ("machine", "runs", "core", "embedded", "latency") if key not in told]
    for number, run in enumerate(told.get("runs", ())):
        found += [f"runs.{number}.{key}" for key, kind in RUN.items() if not isinstance(run.get(key), kind)]
    for number, one in enumerate(told.get("embedded", ())):
        found += [f"embedded.{number}.{key}" for key in ("store", "events_per_s", "bare_per_s") if key not in one]
    for number, one in enumerate(told.get("latency", ())):
        found += [f"latency.{number}.{key}" for key in ("rate", "p50_ms", "p95_ms", "p99_ms") if key not in one]
    return found + [f"core.{key}" for key in ("orjson_us", "decision_us") if key not in told.get("core", {})]


def table(told: dict[str, Any]) -> Iterator[str]:
    """Lines for the terminal."""
    yield f"{'who':<15} {'workers':>7} {'bytes':>6} {'tenants':>7} {'events/s':>10} {'µs CPU':>8} {'MiB':>6}  guarantee"
    clear = [run | {"name": "… in clear"} for run in told["without_encryption"]]
    for run in told["runs"] + clear:
        yield (
            f"{run['name']:<15} {run['workers']:>7} {run['record_bytes']:>6} {run['tenants']:>7}"
            f" {run['events_per_s']:>10,.0f} {run['cpu_us_per_event']:>8.1f} {run['peak_rss_mb']:>6.0f}"
            f"  {run['guarantee']}"
        )
    for one in [run | {"name": OURS} for run in told["latency"]] + told["latency_of_peers"]:
        yield (
            f"latency at {one['rate']:>5,} /s, {one['name']:<12} p50 {one['p50_ms']:8.1f} ms"
            f"   p95 {one['p95_ms']:8.1f} ms   p99 {one['p99_ms']:8.1f} ms"
        )
    for name, one in told["memory"].items():
        yield f"memory, {name}: " + ", ".join(f"{key} {value:,}" for key, value in one.items())
    for line in told["left_out"]:
        yield f"left out: {line}"


def _read(path: str) -> str:
    return Path(path).read_text("utf-8") if Path(path).exists() else ""
