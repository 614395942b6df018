"""`ecluse register`: every revision that ever was in force, who decided it and why; and what waits for a decision."""

import csv
import io
from pathlib import Path

import click

from ecluse import approval, asking, entries, impact, page
from ecluse.changes import changes
from ecluse.command import Failure, VerbGroup, argument, file_place, option, output_option, verb
from ecluse.entries import Book, Entry, Shelf, readable, shelf
from ecluse.i18n import N_, _
from ecluse.proposed import sign_and_sentence
from ecluse.terminal import answer, answer_json, note, paint, table
from ecluse.trial import Scope
from ecluse.verbs import register_decisions
from ecluse.words import when
from mapping.bundle import unpack
from store import requests
from store.register import Live
from store.requests import REGISTER, Act

#: What a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
QUESTIONS = (
    N_("Does the reason explain every line above?"),
    N_("Does each profile need for its work what it would newly see or write?"),
    N_("Are these the prospects that are meant to leave, to go out, to be sent anew?"),
)

command = VerbGroup("register", help=N_("Every revision, who decided it and why; and what waits for a decision."))


@verb("ls", N_("List the revisions of a link, newest first, and the requests that are not in force."),
      examples=("ecluse register ls nord", "ecluse register ls nord --output json"))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@output_option()
@click.pass_obj
def ls(folder: Path, link: str, output: str) -> int:
    with shelf(folder) as place:
        book = place.book(link)
    if output == "json":
        revisions = [dict(zip(entries.COLUMNS, entries.row(one), strict=True)) for one in book.entries]
        answer_json(
            "register",
            {"link": link, "revisions": revisions, "requests": [asking.document(one) for one in book.open]},
        )
        return 0
    heads = (_("number"), _("revision"), _("in force since"), _("decided by"), _("approved by"), _("reason"))
    rows = [(str(one.live.number), one.live.revision, when(one.live.made_live_at), one.live.decided_by,
             signed.name if (signed := one.by(Act.APPROVED)) else "–", one.live.reason)
            for one in book.entries]  # fmt: skip
    table(rows, heads, right=(0,))
    for request in book.open:
        answer()
        asking.show_request(request, book.number)
    return 0


@verb("show", N_("One revision, or one request as a form to decide by: what it changes, whom it reaches, who signed."),
      examples=("ecluse register show nord", "ecluse register show nord 3 --text",
                "ecluse register show nord --request 2"))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@argument("number", metavar=N_("[NUMBER]"), type=int, required=False)
@option("--request", type=int, metavar=N_("NUMBER"), help=N_("A request instead of a revision."))
@option("--text", is_flag=True, help=N_("The link file as it is on record, with every file that it uses."))
@click.pass_obj
def show(folder: Path, link: str, number: int | None, request: int | None, text: bool) -> int:  # noqa: FBT001
    with shelf(folder) as place:
        book = place.book(link)
        if request is not None:
            _show_request(place, book, request)
        else:
            _show_entry(book, book.entry(number), text=text)
    return 0


def _show_entry(book: Book, entry: Entry, *, text: bool) -> None:
    live = entry.live
    answer(paint(f"{book.link} {live.number}: {live.revision}", "bold"))
    answer(f"  {live.reason} · {live.date} · {live.decided_by}")
    answer("  " + _("in force since {when}", when=when(live.made_live_at)))
    if entry.request:
        asking.show_request(entry.request, book.number)
    older = next((one for one in book.entries if one.live.number < live.number), None)
    _show_changes(older.live if older else None, live.source_text, live.revision)
    if text:
        bundle = unpack(live.source_text)
        for name, content in ((live.revision, bundle.text), *bundle.shared.items()):
            answer()
            answer(paint(f"# {name}", "dim"))
            answer(content)


def _show_request(place: Shelf, book: Book, number: int) -> None:
    request = next((one for one in book.open if one.number == number), None)
    if request is None:
        raise Failure(_("{link}: no request {number} is open.", link=book.link, number=number))
    asked = request.asked
    answer(paint(f"{book.link}: {asked.revision}", "bold"))
    answer(f"  {asked.reason} · {asked.date} · {asked.decided_by}")
    asking.show_request(request, book.number)
    base = next((one.live for one in book.entries if one.live.number == asked.after), None)
    _show_changes(base, asked.source_text, asked.revision)
    policy = readable(asked.source_text, asked.revision)
    weighed = approval.weigh(policy, asked.source_text, place.database, place.state.settings, scope=Scope())
    if weighed.found is not None:
        answer()
        impact.show(weighed.found, policy, records=False)
    answer()
    for at, question in enumerate(QUESTIONS, 1):
        answer(f"  {at}. {_(question)}")


def _show_changes(before: Live | None, text: str, revision: str) -> None:
    old = None if before is None else readable(before.source_text, before.revision)
    for change in changes(old, readable(text, revision)):
        sign, words = sign_and_sentence(change)
        answer(f"  {sign} {words}")


@verb("diff", N_("What one revision allows and another does not: who sees which field, who may write what."),
      examples=("ecluse register diff nord 3 5",))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@argument("before", metavar=N_("NUMBER"), type=int)
@argument("after", metavar=N_("NUMBER"), type=int)
@output_option()
@click.pass_obj
def diff(folder: Path, link: str, before: int, after: int, output: str) -> int:
    with shelf(folder) as place:
        book = place.book(link)
    pair = [book.entry(number).live for number in (before, after)]
    found = changes(*(readable(one.source_text, one.revision) for one in pair))
    if output == "json":
        answer_json("register-diff", {"link": link, "before": before, "after": after,
                                      "changes": [change._asdict() for change in found]})  # fmt: skip
        return 0
    answer(paint(f"{link}: {pair[0].revision} -> {pair[1].revision}", "bold"))
    for change in found:
        answer("  {} {}".format(*sign_and_sentence(change)))
    if not found:
        answer("  " + _("Nothing but its reason, date or decider."))
    return 0


@verb("export", N_("The whole register as CSV or as a page, for an auditor. Who took it and why is on record."),
      examples=('ecluse register export nord --to register.csv --as claire.martin --reason "audit"',))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@option("--to", "target", type=file_place(exists=False), required=True, metavar=N_("FILE"),
        help=N_("Where to; a name that ends in .html makes a page."))  # fmt: skip
@option("--as", "who", required=True, metavar=N_("NAME"), help=N_("Who takes it."))
@option("--reason", required=True, metavar=N_("TEXT"), help=N_("What it is needed for."))
@click.pass_obj
def export(folder: Path, link: str, target: Path, who: str, reason: str) -> int:
    with shelf(folder) as place:
        book = place.book(link)
        sign = approval.decider(place.state.settings, who, reason).sign(Act.EXPORTED, len(book.entries))
        place.database.writer.write_now(lambda conn: requests.sign(conn, book.tenant, link, REGISTER, sign))
    rows = [entries.row(one) for one in book.entries]
    text = page.register_page(link, rows) if target.suffix == ".html" else _csv(rows)
    target.write_text(text, encoding="utf-8", newline="")
    note(_("Written: {file}", file=str(target)))
    return 0


def _csv(rows: list[tuple[str, ...]]) -> str:
    """A cell that a spreadsheet would run is quoted, so that it is read."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(entries.COLUMNS)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return out.getvalue()


for part in (ls, show, diff, *register_decisions.VERBS, export):
    command.add_command(part)
