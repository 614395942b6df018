"""`make bench`: what Écluse costs, each figure beside what bounds it, measured in the same run."""

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from bench import core, embedded, kafka, report, report_page
from bench.embedded import Embedded
from bench.kafka import Figures
from bench.scale import FULL, QUICK, Scale

DOCS = Path(__file__).resolve().parents[1] / "docs"
PARTS = ("core", "embedded", "kafka", "memory")


def main() -> int:
    """Measure what was asked for, print it, and write it down where that was asked for."""
    asked = _asked()
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scale = QUICK if asked.quick else FULL
    parts = [asked.only] if asked.only else ["core", "embedded", "kafka"]
    found = _core() if "core" in parts else None
    stores = list(_embedded()) if "embedded" in parts else []
    told = report.as_json(found, stores, _kafka(parts, scale), quick=asked.quick)
    print()
    for line in (*report.table(told), *report_page.ratios(told)):
        print(line)
    if asked.json:
        asked.json.write_bytes(_written(told))
    if not asked.quick and asked.only in {None, "memory"}:
        _page(told, only_memory=asked.only == "memory")
    flaws = [] if asked.only else report.misshapen(told)
    for flaw in flaws:
        print(f"not as agreed: {flaw}", file=sys.stderr)
    return 1 if flaws else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under five minutes, and rougher")
    parser.add_argument("--json", type=Path, help="write the figures into this file as well")
    parser.add_argument("--only", choices=PARTS, help="one part; memory is measured only when it is asked for")
    return parser.parse_args()


def _core() -> core.Core:
    figures = core.measure()
    print("one CRM event of 1 KB, microseconds, median of rounds taken in turn")
    print(f"  orjson load + dump of it       {figures.orjson_us:8.2f}")
    print(f"  the whole decision, both gates {figures.decision_us:8.2f}   {figures.ratio:.2f} x   (aim: at most 3 x)")
    print(f"  the same with masks in use     {figures.masked_us:8.2f}   {figures.masked_ratio:.2f} x   (aim: the same)")
    print(f"  the same by Python alone       {figures.pure_us:8.2f}   {figures.pure_ratio:.2f} x")
    print(f"  in force: {figures.core}; left to Python: {figures.fell_back:.1%}")
    return figures


def _embedded() -> Iterator[Embedded]:
    for result in embedded.measure():
        print(f"\nembedded, {result.store}, on disk: {result.events} events, {result.settings}")
        print(f"  bare insert loop of the same sealed bytes     {result.bare_per_s:10,.0f} /s")
        print(f"  the same with the event's body and its command's {result.pair_per_s:7,.0f} /s")
        print(f"  the same with all rows that an event leaves   {result.rows_per_s:10,.0f} /s")
        share = result.events_per_s / result.bare_per_s
        print(f"  event in to command out                       {result.events_per_s:10,.0f} /s   {share:.0%} of it")
        yield result


def _kafka(parts: list[str], scale: Scale) -> Figures:
    if not {"kafka", "memory"} & set(parts):
        return Figures()
    print("\nfrom topic to topic, on one broker", flush=True)
    with kafka.opened() as bench:
        sitting = kafka.Sitting(bench, scale)
        return sitting.memory() if parts == ["memory"] else sitting.whole()


def _page(told: dict[str, Any], *, only_memory: bool) -> None:
    """The page, its plot, and the figures it was written from. Memory is added to the figures of the last whole run."""
    kept = DOCS / "performance.json"
    before = orjson.loads(kept.read_bytes()) if kept.exists() else None
    if only_memory:
        if before is None:
            print("there is no page yet that memory could be added to: `make bench` writes it")
            return
        before["memory"] |= told["memory"]
        told = before
    elif before is not None and before["machine"] == told["machine"] and "flat" in before["memory"]:
        told["memory"].setdefault("flat", before["memory"]["flat"])
    kept.write_bytes(_written(told))
    (DOCS / "performance.svg").write_text(report_page.plot(told), "utf-8")
    (DOCS / "performance.md").write_text(report_page.page(told), "utf-8")


def _written(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.exit(main())
