"""`ecluse demo`: the main job from end to end, between a sandbox CRM and a sandbox dialer."""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from ecluse.command import Failure, folder_place, option, output_option, verb
from ecluse.demo import report
from ecluse.demo.figures import Figures
from ecluse.demo.play import Stage
from ecluse.demo.scenario import made_up
from ecluse.demo.story import Said, perform
from ecluse.demo.town import Town
from ecluse.i18n import N_, _
from ecluse.terminal import answer_json, note, progress, suggest

SEED = 20_261_122
STEPS = {
    "send": N_("reading the CRM, sending prospects"),
    "call": N_("a week of calls"),
    "answer": N_("the manager answers"),
    "write": N_("writing back"),
    "count": N_("counting"),
    "again": N_("all of it once more"),
}


@verb(
    "demo",
    N_(
        "The main job from end to end: prospects go out to a sandbox dialer, a week of calls comes back, a manager "
        "validates appointments, a sandbox CRM gets what may be written. Then all of it once more, to show that "
        "nothing happens twice."
        "\n\nBoth systems are real HTTP servers on this machine; nothing leaves it. Exits with 1 where anything does "
        "not add up."
    ),
    examples=(
        "ecluse demo",
        "ecluse demo --keep demo && ecluse -C demo explain contact/c2",
        "ecluse demo --data data",
    ),
)
@option(
    "--data", type=folder_place(), metavar=N_("DIR"), help=N_("Real data instead: DIR/crm-sales and DIR/bank-calls.")
)
@option(
    "--keep",
    type=folder_place(exists=False),
    metavar=N_("DIR"),
    help=N_("Keep the working folder there, to look around in."),
)
@option("--serve", is_flag=True, help=N_("Keep everything up afterwards, until Ctrl-C."))
@option("--seed", default=SEED, metavar="N", help=N_("Another firm, another week."))
@output_option()
def command(data: Path | None, keep: Path | None, serve: bool, seed: int, output: str) -> int:  # noqa: FBT001 - Click's
    today = datetime.now(UTC).date()
    if data is not None:
        from ecluse.demo.real import real

        scenario = real(data, seed, today)
    else:
        scenario = made_up(seed, today)

    def told(figures: Figures) -> None:
        if output == "json":
            answer_json("demo", figures.as_dict())
            return
        report.show(figures, scenario)
        where = f"ecluse -C {keep}" if keep is not None else ""
        kept = (f"{where} status", f"{where} explain {figures.sample}")
        suggest(*(kept if where else ("ecluse demo --keep demo", "ecluse check examples/demo/link.yaml")))

    async def stay(stage: Stage, town: Town, figures: Figures) -> None:
        told(figures)
        await _stay(stage, town)

    with _folder(keep) as folder, _steps(moving=not serve) as step:
        try:
            figures = asyncio.run(perform(scenario, folder, step, stay if serve else None))
        except KeyboardInterrupt:
            raise click.Abort from None
    if not serve:
        told(figures)
    return 1 if figures.wrong() else 0


@contextlib.contextmanager
def _steps(*, moving: bool) -> Iterator[Said]:
    """Says which step begins; where everything stays up afterwards, a bar would never end."""
    if not moving:
        yield lambda name: note(f"… {_(STEPS[name])}")
        return
    with progress(len(STEPS)) as step:
        yield lambda name: step(_(STEPS[name]))


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="ecluse-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise Failure(_("{folder} is not empty: nothing is overwritten.", folder=str(keep)))
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


async def _stay(stage: Stage, town: Town) -> None:
    """Everything stays up, and works on, until somebody says stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    note()
    note(_("Écluse: {url}   CRM: {crm}   dialer: {dialer}", url=stage.url, crm=town.crm_url, dialer=town.dialer_url))
    note(_("Everything stays up until Ctrl-C."))
    await stage.built.runtime.run(stop)
