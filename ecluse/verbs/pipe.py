"""`ecluse pipe`: the pure core as a filter. Events as JSON lines in, decisions as JSON lines out."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ecluse.command import argument, file_place, moment, option, verb
from ecluse.i18n import N_, _, ngettext
from ecluse.links import find_one, policy_of
from ecluse.people import facts_of, read_people
from ecluse.sentences import counted
from ecluse.stream import Filter
from ecluse.terminal import note
from mapping.words import Side, Verdict


def sides(_ctx: click.Context, _param: click.Parameter, value: str) -> frozenset[Side]:
    """`crm`, `dialer`, or both with a comma between."""
    try:
        return frozenset(Side(word.strip()) for word in value.split(","))
    except ValueError:
        raise click.BadParameter(_('write "crm", "dialer" or "crm,dialer".')) from None


@verb(
    "pipe",
    N_(
        "Decide events from stdin, one JSON object a line, and write one decision a line to stdout."
        "\n\nNo service, no database, nothing on disk. A line that cannot be read gets a decision as well: "
        "quarantined. What a line says is decided as soon as it is there."
    ),
    examples=(
        "ecluse pipe examples/demo/link.yaml --from crm < examples/demo/events/crm.jsonl",
        "ecluse pipe nord --from dialer --people people.csv < calls.jsonl | jq -r .reason",
    ),
)
@argument("link", metavar=N_("LINK"))
@option(
    "--from",
    "source",
    required=True,
    metavar=N_("SIDE"),
    callback=sides,
    help=N_("Whose events these are: crm, dialer, or crm,dialer. An event of the other side is quarantined."),
)
@option(
    "--people",
    type=file_place(),
    metavar=N_("FILE"),
    help=N_("Who is who on the dialer's side. Without it, an event's own word is trusted: for a preview only."),
)
@option(
    "--now", callback=moment, metavar=N_("TIME"), help=N_("The time it is taken to be, as 2026-11-20T10:11:12+01:00.")
)
@click.pass_obj
def command(folder: Path, link: str, source: frozenset[Side], people: Path | None, now: datetime | None) -> int:
    policy = policy_of(find_one(link, folder), folder)
    who = facts_of(read_people(people), now or datetime.now(UTC)) if people else None
    sieve = Filter(policy, source, who, lambda: now or datetime.now(UTC))
    sieve.run(sys.stdin.buffer, sys.stdout.buffer)
    total = sum(sieve.counts.values())
    said = ", ".join(counted(verdict, sieve.counts[verdict]) for verdict in Verdict if sieve.counts[verdict])
    decisions = ngettext("{n} decision", "{n} decisions", total)
    note(_("{what}: {detail}", what=decisions, detail=said) if said else decisions)
    return 0
