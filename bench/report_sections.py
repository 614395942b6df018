"""What `docs/performance.md` shows beside its main table: other settings, latency, the embedded runtime, memory."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.report import OURS
from bench.sample import EVENT_BYTES

CONNECT = "kafka-connect"
TITLES = {
    OURS: "Écluse",
    "quixstreams": "Quix Streams",
    "bytewax": "Bytewax",
    "faststream": "FastStream",
    "faust": "Faust agent",
    "pathway": "Pathway",
    CONNECT: "Kafka Connect",
}

Run = Mapping[str, Any]
Told = Mapping[str, Any]


def settings(told: Told) -> Iterator[str]:
    others = [run for run in told["runs"] if not is_of(run, 1, EVENT_BYTES, 1)]
    if not others:
        return
    yield "## Larger records, more tenants, two workers"
    head = "| | workers | bytes | tenants | events/s | µs CPU/event |\n| --- | --: | --: | --: | --: | --: |"
    order = sorted(others, key=lambda run: (run["workers"], run["record_bytes"], run["tenants"], -run["events_per_s"]))
    rows = [
        f"| {TITLES[run['name']]} | {run['workers']} | {run['record_bytes']:,} | {run['tenants']:,}"
        f" | {run['events_per_s']:,.0f} | {run['cpu_us_per_event']:.1f} |"
        for run in order
    ]
    yield "\n".join([head, *rows])
    ours = {(run["workers"], run["tenants"]): run for run in told["runs"] if run["name"] == OURS and _kilobyte(run)}
    said = []
    if (1, 1) in ours and (1, 1_000) in ours:
        ratio = ours[1, 1_000]["cpu_us_per_event"] / ours[1, 1]["cpu_us_per_event"]
        said.append(
            f"With 1,000 links loaded and their events mixed, Écluse's CPU an event is {ratio:.2f} × that with one."
        )
    if (1, 1) in ours and (2, 1) in ours:
        ratio, cores = ours[2, 1]["events_per_s"] / ours[1, 1]["events_per_s"], told["machine"]["cores"]
        line = f"Two workers of Écluse do {ratio:.2f} × what one does."
        if cores < 4:
            line += f" On {cores} cores, which the broker and whoever measures share with them, they cannot do 2 ×."
        said.append(line)
    if said:
        yield "\n\n".join(said)


def latency(told: Told) -> Iterator[str]:
    rows = [run | {"name": OURS} for run in told["latency"]] + list(told["latency_of_peers"])
    if not rows:
        return
    yield (
        "## Latency\n\nFrom when an event was due to be produced, at a steady rate, to when its result could be read by"
        " a consumer that reads only what was committed. One worker. The peers are in the settings that made them fast"
        " above."
    )
    head = "| | events/s | p50 ms | p95 ms | p99 ms |\n| --- | --: | --: | --: | --: |"
    table = [
        f"| {TITLES[row['name']]} | {row['rate']:,} | {row['p50_ms']:.1f} | {row['p95_ms']:.1f} | {row['p99_ms']:.1f} |"
        for row in rows
    ]
    yield "\n".join([head, *table])


def _shares(one: dict[str, Any], beside: str) -> str:
    return f"{one[beside]:,.0f} | {one['events_per_s'] / one[beside]:.0%}" if one.get(beside) else "– | –"


def embedded(told: Told) -> Iterator[str]:
    if told["embedded"]:
        yield (
            "## Embedded, on disk\n\nAn event in, decided, its command out, each acknowledged after its commit was"
            " synced; beside loops that only insert, into the same database. The first inserts as many sealed bytes as"
            " came in. The second, the two bodies that must be on disk before a command may leave, the event's and the"
            " command's, under a number each. The third, all that an event leaves there: itself, its decision and its"
            " command, with their indexes."
        )
        head = (
            "| | events/s | bare inserts/s | share | both bodies/s | share | all of its rows/s | share |\n"
            "| --- | --: | --: | --: | --: | --: | --: | --: |"
        )
        rows = [
            f"| {one['store']} ({one['settings']}) | {one['events_per_s']:,.0f} | {_shares(one, 'bare_per_s')}"
            f" | {_shares(one, 'pair_per_s')} | {_shares(one, 'rows_per_s')} |"
            for one in told["embedded"]
        ]
        yield "\n".join([head, *rows])
    if "core" in told:
        core = told["core"]
        used, alone, plain = core["decision_us"], core["python_alone_us"], core["orjson_us"]
        yield (
            "## The core\n\nThe whole decision of one event, bytes in to bytes out, both gates on:"
            f" {used:.1f} µs by the {core['path']} path, {alone:.1f} µs by Python alone. An orjson load and dump of it:"
            f" {plain:.1f} µs. That is {core['ratio']:.2f} ×, of the 3 × that are allowed;"
            f" {core['masked_ratio']:.2f} × where four of the fields are shown only in part."
        )


def memory(told: Told) -> Iterator[str]:
    seen = told["memory"]
    said = []
    if "waiting" in seen:
        one = seen["waiting"]
        said.append(f"With {one['events']:,.0f} events waiting a carrier held at most {one['peak_rss_mb']:.0f} MiB.")
    if "flat" in seen:
        one = seen["flat"]
        said.append(
            f"Over {one['seconds']:.0f} s of {one['rate']:,.0f} events/s it held {one['early_rss_mb']:.0f} MiB in the"
            f" second tenth of the time, {one['late_rss_mb']:.0f} MiB in the last, {one['peak_rss_mb']:.0f} at most."
        )
    if said:
        yield "## Memory\n\n" + " ".join(said)


def is_of(run: Run, workers: int, size: int, tenants: int) -> bool:
    found = (run["workers"], run["record_bytes"], run["tenants"])
    return found == (workers, size, tenants)


def _kilobyte(run: Run) -> bool:
    return bool(run["record_bytes"] == EVENT_BYTES)
