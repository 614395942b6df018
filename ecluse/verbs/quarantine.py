"""`ecluse quarantine`: what could not be decided or applied. Its content is never shown, only its shape."""

import time
from pathlib import Path

import click

from ecluse.command import VerbGroup, argument, link_option, option, output_option, verb
from ecluse.i18n import N_, _, ngettext
from ecluse.sentences import sentence
from ecluse.terminal import answer, answer_json, note, paint, suggest, table
from ecluse.wiring import opened, stored
from ecluse.words import ago, when
from store import quarantine
from store.quarantine import Parked

SECONDS = 1_000_000

command = VerbGroup("quarantine", help=N_("What could not be decided or applied: kept whole, encrypted, replayable."))


@verb(
    "ls",
    N_("List what is in quarantine, oldest first."),
    examples=("ecluse quarantine ls", "ecluse quarantine ls --output json"),
)
@link_option()
@option("--limit", default=50, show_default=True, metavar="N", help=N_("How many at most."))
@output_option()
@click.pass_obj
def ls(folder: Path, link: str | None, limit: int, output: str) -> int:
    with opened(folder) as place:
        at = place.link(link)
        with at.unit() as unit:
            found = quarantine.listing(unit.conn, unit.tenant, unit.link, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    if output == "json":
        answer_json("quarantine", {"link": at.policy.link, "parked": [_as_json(one) for one in shown], "more": more})
        return 0
    if not shown:
        answer(paint(_("Nothing is in quarantine."), "green"))
        return 0
    now = time.time()
    rows = [(str(one.seq), one.reason.value, one.type, one.record, ago(now - one.parked_at / SECONDS)) for one in shown]
    table(rows, (_("number"), _("reason"), _("event"), _("record"), _("age")), right=(0, 4))
    answer(
        ngettext("{n} in quarantine.", "{n} in quarantine.", len(shown)) + (" " + _("There are more.") if more else "")
    )
    suggest(f"ecluse quarantine show {shown[0].seq}", f"ecluse quarantine replay {shown[0].seq}")
    return 0


@verb(
    "show",
    N_("The shape of one: its keys, types and lengths, never a value."),
    examples=("ecluse quarantine show 1204",),
)
@argument("seq", metavar=N_("NUMBER"), type=int)
@link_option()
@output_option()
@click.pass_obj
def show(folder: Path, seq: int, link: str | None, output: str) -> int:
    with opened(folder) as place:
        at = place.link(link)
        with at.unit() as unit, stored():
            shape = quarantine.show(unit.conn, unit.keys, unit.tenant, unit.link, seq)
            parked = next(
                (
                    one
                    for one in quarantine.listing(unit.conn, unit.tenant, unit.link, state=None, limit=10_000)
                    if one.seq == seq
                ),
                None,
            )
    if output == "json":
        answer_json(
            "quarantine-show", {"number": seq, "parked": _as_json(parked) if parked else None, "shape": dict(shape)}
        )
        return 0
    if parked:
        answer(paint(f"{seq}  {parked.reason.value}: {sentence(parked.reason)}", "bold"))
        answer(paint(f"{parked.type} · {parked.record or '–'} · {when(parked.parked_at)} · {parked.key}", "dim"))
        answer()
    table(list(_lines(shape)), indent=2)
    answer()
    answer(_("Shape only: no value of it is shown."))
    suggest(f"ecluse quarantine replay {seq}", f'ecluse quarantine discard {seq} --by … --why "…"')
    return 0


@verb(
    "replay",
    N_("Decide them again, under the rules as they are now: after the link file or the data was mended."),
    examples=("ecluse quarantine replay 1204", "ecluse quarantine replay --all"),
)
@argument("seqs", metavar=N_("NUMBER..."), type=int, nargs=-1)
@option("--all", "everything", is_flag=True, help=N_("Everything that is in quarantine."))
@link_option()
@click.pass_obj
def replay(folder: Path, seqs: tuple[int, ...], everything: bool, link: str | None) -> int:  # noqa: FBT001 - Click's
    if not seqs and not everything:
        raise click.UsageError(_("say which, or --all."))
    with opened(folder) as place:
        at = place.link(link)
        names = (at.policy.tenant, at.policy.link)
        if everything:
            with at.unit() as unit:
                seqs = tuple(one.seq for one in quarantine.listing(unit.conn, *names, limit=10_000))
        keys = place.database.keys
        for seq in seqs:
            with stored():
                place.database.writer.write_now(
                    lambda conn, seq=seq: quarantine.take_for_replay(conn, keys, *names, seq) and None  # type: ignore[misc]
                )
    answer(ngettext("{n} will be decided again.", "{n} will be decided again.", len(seqs)))
    note(_("A running `ecluse run` takes them up at once."))
    suggest("ecluse status")
    return 0


@verb(
    "discard",
    N_("Give one up for good: who and why stay on record, its content goes."),
    examples=('ecluse quarantine discard 1204 --by claire.martin --why "essai du prestataire"',),
)
@argument("seq", metavar=N_("NUMBER"), type=int)
@option("--by", required=True, metavar=N_("NAME"), help=N_("Who decides it."))
@option("--why", required=True, metavar=N_("TEXT"), help=N_("Why."))
@link_option()
@click.pass_obj
def discard(folder: Path, seq: int, by: str, why: str, link: str | None) -> int:
    with opened(folder) as place:
        at = place.link(link)
        with stored():
            place.database.writer.write_now(
                lambda conn: quarantine.discard(conn, at.policy.tenant, at.policy.link, seq, by=by, why=why)
            )
    answer(_("{seq} is given up. Who and why are on record.", seq=seq))
    return 0


for part in (ls, show, replay, discard):
    command.add_command(part)


def _lines(shape: object, prefix: str = "") -> list[tuple[str, str]]:
    if not isinstance(shape, dict):
        return [(prefix or "/", str(shape))]
    rows: list[tuple[str, str]] = []
    for key, value in shape.items():
        rows += _lines(value, f"{prefix}/{key}")
    return rows


def _as_json(one: Parked) -> dict[str, object]:
    return {
        "number": one.seq, "side": one.side.value, "event": one.key, "type": one.type, "record": one.record,
        "stage": one.stage.value, "reason": one.reason.value, "state": one.state.value,
        "parked_at": when(one.parked_at, machine=True), "times": one.times,
    }  # fmt: skip
