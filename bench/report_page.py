"""`docs/performance.md`, written from the figures and nothing else. What is lost is said as plainly as what is won."""

from collections.abc import Iterator, Mapping

from bench.report import OURS
from bench.report_plot import Bar, Chart, drawn
from bench.report_sections import CONNECT, TITLES, Run, Told, embedded, is_of, latency, memory, settings
from bench.report_words import HEAD, LIMITS, METHOD, RUN_IT
from bench.sample import EVENT_BYTES


def page(told: Told) -> str:
    """The whole of it."""
    parts = [HEAD.format(**told["machine"], form=_form(told)), _versions(told["versions"])]
    parts += [*_main(told), *settings(told), *latency(told), *embedded(told), *memory(told)]
    parts += [METHOD, LIMITS, *_left_out(told), RUN_IT]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def plot(told: Told) -> str:
    """The two charts of the main table."""
    runs = main_runs(told)
    fast = sorted(runs, key=lambda run: -run["events_per_s"])
    cheap = sorted(runs, key=lambda run: float(run["cpu_us_per_event"]))
    speed = [_bar(run, run["events_per_s"], f"{run['events_per_s']:,.0f}") for run in fast]
    cost = [_bar(run, run["cpu_us_per_event"], f"{run['cpu_us_per_event']:.1f}") for run in cheap]
    return drawn(
        [
            Chart("Events a second, one worker", "more is better; records of 1 KB from topic to topic", speed),
            Chart("Microseconds of CPU an event", "less is better; the worker's own, never the broker's", cost),
        ]
    )


def main_runs(told: Told) -> list[Run]:
    """One worker, one tenant, 1 KB."""
    return [run for run in told["runs"] if is_of(run, 1, EVENT_BYTES, 1)]


def ratios(told: Told) -> Iterator[str]:
    """What the figures say of each other, whoever is ahead."""
    runs = {run["name"]: run for run in main_runs(told)}
    ours = runs.get(OURS)
    if ours is None:
        return
    peers = [run for name, run in runs.items() if name not in {OURS, CONNECT}]
    if peers:
        best = max(peers, key=lambda run: float(run["events_per_s"]))
        ratio = ours["events_per_s"] / best["events_per_s"]
        word = "ahead of" if ratio > 1 else "**behind**"
        yield f"{ratio:.2f} × the events a second of {TITLES[best['name']]}, the fastest Python peer: {word} it."
    if CONNECT in runs:
        ratio = ours["cpu_us_per_event"] / runs[CONNECT]["cpu_us_per_event"]
        word = "less than" if ratio < 1 else "**more than**"
        yield f"{ratio:.2f} × the CPU an event of Kafka Connect: {word} it, which writes no result to a topic."
        ratio = ours["events_per_s"] / runs[CONNECT]["events_per_s"]
        word = "ahead of" if ratio > 1 else "**behind**"
        yield f"{ratio:.2f} × the events a second of Kafka Connect: {word} it."
    for run in told["without_encryption"]:
        ratio = ours["cpu_us_per_event"] / run["cpu_us_per_event"]
        speed, cost = run["events_per_s"], run["cpu_us_per_event"]
        yield f"Encryption costs {ratio:.2f} ×: in clear it were {speed:,.0f} events/s and {cost:.1f} µs an event."


def _main(told: Told) -> Iterator[str]:
    yield "## From topic to topic\n\n![Events a second, and CPU an event](performance.svg)"
    names = "| | events/s | slowest – fastest round | µs CPU/event | peak MiB | guarantee |"
    head = f"{names}\n| --- | --: | --: | --: | --: | --- |"
    rows = sorted(main_runs(told), key=lambda run: -run["events_per_s"])
    yield "\n".join([head, *(_row(run) for run in rows)])
    records = {run["records"] for run in rows}
    if rows:
        counted = " or ".join(f"{number:,}" for number in sorted(records))
        often = f"medians of {rows[0]['rounds']} rounds"
        yield f"One worker, one tenant, {counted} records of {EVENT_BYTES:,} bytes; {often}."
    said = [f"- {line}" for line in ratios(told)]
    if said:
        yield "Écluse, with everything on, has:\n\n" + "\n".join(said)


def _row(run: Run) -> str:
    name = f"**{TITLES[run['name']]}**" if run["name"] == OURS else TITLES[run["name"]]
    spread = f"{run['slowest_per_s']:,.0f} – {run['fastest_per_s']:,.0f}"
    return (
        f"| {name} | {run['events_per_s']:,.0f} | {spread} | {run['cpu_us_per_event']:.1f}"
        f" | {run['peak_rss_mb']:.0f} | {run['guarantee']} |"
    )


def _versions(versions: Mapping[str, str]) -> str:
    return "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."


def _left_out(told: Told) -> Iterator[str]:
    if told["left_out"]:
        yield "## What gave no figure\n\n" + "\n".join(f"- {line}" for line in told["left_out"])


def _form(told: Told) -> str:
    return " This is the quick form: rougher, and with less in it." if told["quick"] else ""


def _bar(run: Run, value: float, text: str) -> Bar:
    return Bar(TITLES[run["name"]], value, text, run["name"] == OURS)
