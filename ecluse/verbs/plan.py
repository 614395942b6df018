"""`ecluse plan`: what a link file would do if it were applied, tried on recent real events. Nothing is changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ecluse import impact, page
from ecluse.command import argument, file_place, option, output_option, verb
from ecluse.folder import InForce, read_folder
from ecluse.i18n import N_, _
from ecluse.links import accepted, find_one
from ecluse.proposed import Proposed, document, propose, show
from ecluse.terminal import answer, answer_json, note, suggest
from ecluse.trial import Scope, before, tried_beside
from ecluse.wiring import begun, database_of, stored
from store.database import Database
from streams.preview import Preview
from streams.privilege import spare


@verb(
    "plan",
    N_(
        "What a link file would do if it were applied: runs it beside the revision in force, over recent real events "
        "and every record known, and says what would be otherwise. Changes nothing."
        "\n\nWhich fields would be seen by how many people, or no longer; which prospects would go out or be taken "
        "back; which writes would be refused. No value is ever printed."
        "\n\nExits with 0 whatever it finds; with --exit-code, 1 where something would change."
    ),
    examples=(
        "ecluse plan nord",
        "ecluse plan nord --html plan.html",
        "ecluse plan links/nord.yaml --exit-code -o json",
    ),
)
@argument("link", metavar=N_("LINK"))
@option("--events", default=1_000, show_default=True, type=click.IntRange(0, 1_000_000), metavar="N",
        help=N_("How many recent events of each side, at most."))  # fmt: skip
@option("--days", type=click.IntRange(1, 3_650), metavar="N", help=N_("Only events of the last N days."))
@option("--records", is_flag=True, help=N_("Print the ids of records that go out, leave or change."))
@option("--html", "target", type=file_place(exists=False), metavar=N_("FILE"),
        help=N_("Write it as one page as well, to be sent and kept."))  # fmt: skip
@option("--exit-code", "by_code", is_flag=True, help=N_("Exit with 1 where something would change."))
@output_option()
@click.pass_obj
def command(
    folder: Path,
    link: str,
    events: int,
    days: int | None,
    records: bool,  # noqa: FBT001 - Click's
    target: Path | None,
    by_code: bool,  # noqa: FBT001
    output: str,
) -> int:
    reading, policy = accepted(find_one(link, folder), folder)
    with _database(read_folder(folder)) as database, stored():
        one = propose(reading, policy, database)
        found = tried_beside(before(policy, database), policy, database, Scope(events, days))
    if target is not None:
        target.write_text(page.impact_page(one, found, records=records), encoding="utf-8")
        note(_("Written: {file}", file=str(target)))
    if output == "json":
        answer_json("plan", _document(one, found, records=records))
    else:
        _show(one, found, records=records)
    changes = one.is_new and (bool(one.changes) or one.changes is None or (found is not None and found.changes))
    return 1 if by_code and changes else 0


@contextmanager
def _database(state: InForce) -> Iterator[Database | None]:
    """None where nothing ran yet: a plan makes no database."""
    if not begun(state):
        yield None
        return
    database = database_of(state)
    try:
        yield None if database.empty else database
    finally:
        database.close()


def _show(one: Proposed, found: Preview | None, *, records: bool) -> None:
    show(one)
    if found is not None:
        answer()
        impact.show(found, one.policy, records=records)
    elif one.live is None:
        answer("  " + _("Nothing is in force yet: everything that it allows is new."))
    impact.show_spare(one.policy, found)
    if one.is_new:
        suggest(f"ecluse apply {one.policy.link}")


def _document(one: Proposed, found: Preview | None, *, records: bool) -> dict[str, Any]:
    said = document(one, done=False)
    del said["applied"]
    more = [line._asdict() for line in spare(one.policy, found.used if found else {})]
    preview = impact.document(found, one.policy, records=records) if found is not None else None
    return {**said, "preview": preview, "more_than_needed": more}
