"""The rights matrix as CSV, Markdown and a page of HTML that needs nothing else."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from io import StringIO
from typing import Final, NamedTuple

from ecluse import trade
from ecluse.i18n import _, language
from ecluse.matrix import Row, condition, holders, labels_of, mask_of, rows, sent_for
from ecluse.terminal import visible
from mapping.policy import Policy
from mapping.rights import Rights, exceptions_on, rights_of
from mapping.things import Thing
from mapping.words import Grant, Object

HEADS: Final = ("link", "role", "profiles", "kind", "subject", "action", "allowed", "detail")
#: What spreadsheets take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
STYLE: Final = """
:root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}caption{font-weight:600;text-align:left;padding:.5rem 0}
th,td{border:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:.3rem .5rem}
th,td{text-align:left;vertical-align:top}
thead th{position:sticky;top:0;background:Canvas}td.no{opacity:.6}
@media print{body{margin:0;max-width:none}thead th{position:static}}
""".strip()


class Table(NamedTuple):
    """One part of the matrix, in the language in force."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    #: What is said below it.
    note: str = ""


def as_csv(policies: Iterable[Policy], day: date) -> str:
    """Every row, allowed or not, in the words of the link file."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADS)
    for policy in policies:
        writer.writerows([harmless(cell) for cell in _flat(row)] for row in rows(policy, day))
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _flat(row: Row) -> tuple[str, ...]:
    return tuple(" | ".join(cell) if isinstance(cell, tuple) else visible(cell) for cell in row)


def as_markdown(policies: Sequence[Policy], day: date) -> str:
    """A chapter for each link."""
    return "\n".join(line for policy in policies for line in _chapter(policy, day))


def _chapter(policy: Policy, day: date) -> Iterator[str]:
    yield from (f"# {_title(policy)}", "", _plain(_lead(policy)), "")
    for table in tables(policy, day):
        yield from (f"## {_plain(table.title)}", "")
        if table.rows:
            yield _line(table.heads)
            yield _line(["---"] * len(table.heads))
            yield from (_line(row) for row in table.rows)
            yield ""
        if table.note:
            yield from (_plain(table.note), "")


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(_plain, cells)) + " |"


def _plain(text: str) -> str:
    """A text that Markdown takes as it is written; a link file's words are made of nothing else."""
    text = visible(text.replace("\n", "; "))
    for letter in "\\|<>[]*`":
        text = text.replace(letter, f"\\{letter}")
    return text


def as_html(policies: Sequence[Policy], day: date) -> str:
    """One page: no script, no font, no picture, nothing to fetch."""
    title = _("Who may see and do what")
    parts = [
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
    ]
    for policy in policies:
        parts.append(f"<h1>{escape(_title(policy))}</h1><p>{escape(visible(_lead(policy)))}</p>")
        parts += [_html(table) for table in tables(policy, day)]
    return "\n".join([*parts, "</main></body></html>", ""])


def _html(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_cell(head)}</th>' for head in table.heads)
    body = []
    for first, *others in table.rows:
        cells = "".join(f'<td class="no">{cell}</td>' if cell == "–" else f"<td>{_cell(cell)}</td>" for cell in others)
        body.append(f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>')
    note = f"<p>{escape(visible(table.note))}</p>" if table.note else ""
    if not table.rows:
        return f"<h2>{escape(table.title)}</h2>{note}"
    caption = f"<caption>{escape(table.title)}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>{note}"


def _cell(text: str) -> str:
    return "<br>".join(escape(visible(line)) for line in text.split("\n"))


def _title(policy: Policy) -> str:
    return _("Link {name}: who may see and do what", name=policy.link)


def _lead(policy: Policy) -> str:
    why = policy.source.revision
    return _(
        "Revision {revision} of {date}, decided by {who}: {reason} What is not listed is denied.",
        revision=policy.revision, date=why.date, who=why.decided_by, reason=_sentence(why.reason),
    )  # fmt: skip


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def tables(policy: Policy, day: date) -> list[Table]:
    """The parts of a link's matrix: who, what they may do, read and write, and the exceptions."""
    held = [rights_of(policy.source, role) for role in policy.source.roles]
    names = tuple(rights.role for rights in held)
    return [_who(policy, held), _rights(held, names), _labels(policy, held, names), _writes(held, names),
            _exceptions(policy, day)]  # fmt: skip


def _who(policy: Policy, held: list[Rights]) -> Table:
    found = [
        (rights.role, ", ".join(rights.line[1:]) or "–", "\n".join(holders(policy, rights.role)) or "–")
        for rights in held
    ]
    return Table(_("Roles, and who has them"), (_("Role"), _("Extends"), _("Profiles, with their perimeter")), found)


def _rights(held: list[Rights], names: tuple[str, ...]) -> Table:
    found, nobody = [], []
    for thing in Thing:
        cells = [_cell_of(rights, thing) for rights in held]
        if any(cells):
            found.append((_upper(trade.thing(thing)), *(cell or "–" for cell in cells)))
        else:
            nobody.append(trade.thing(thing))
    notes = [_("Denied to every role: {things}.", things=", ".join(nobody))] if nobody else []
    if silent := [rights.role for rights in held if not rights.stated]:
        notes.append(_("The link says nothing of this for: {roles}.", roles=", ".join(silent)))
    return Table(_("What each role may do"), (_("Thing"), *names), found, " ".join(notes))


def _cell_of(rights: Rights, thing: Thing) -> str:
    always = ", ".join(trade.action(action) for action in rights.actions(thing))
    stages = [
        _("{actions} while {condition}", actions=", ".join(map(trade.action, phase.may[thing])), condition=when)
        for phase in rights.during
        if thing in phase.may and (when := condition(phase))
    ]
    return "\n".join(filter(None, (always, *stages)))


def _labels(policy: Policy, held: list[Rights], names: tuple[str, ...]) -> Table:
    found = []
    for item, name in labels_of(policy):
        cells = [_reading(policy, rights, item, name) for rights in held]
        found.append((f"{item}.{name}", *cells))
    note = _("What is sent goes to the dialer; the other labels are read in the CRM only.")
    return Table(_("What each role reads"), (_("Label"), *names), found, note)


def _reading(policy: Policy, rights: Rights, item: str, name: str) -> str:
    mask = mask_of(rights, item, name)
    if not mask and name not in rights.read.get(Object(item), ()):
        return "–"
    sent = ", ".join(sent_for(policy, rights.role, item, name))
    how = _("reads in part ({mask})", mask=mask) if mask else _("reads")
    return how + "\n" + (_("sent as {fields}", fields=sent) if sent else _("not sent"))


def _writes(held: list[Rights], names: tuple[str, ...]) -> Table:
    found = [
        (_upper(_(trade.GRANTS[grant])), *(_("yes") if grant in rights.write else "–" for rights in held))
        for grant in Grant
    ]
    return Table(_("What each role may write into the CRM from the dialer"), (_("Write"), *names), found)


def _exceptions(policy: Policy, day: date) -> Table:
    found = []
    for one in exceptions_on(policy.source, day):
        given = [f"{trade.thing(thing)}: {', '.join(map(trade.action, held))}" for thing, held in one.may.items()]
        given += [f"{item.value}: {', '.join(labels)}" for item, labels in one.read.items()]
        given += [_(trade.GRANTS[grant]) for grant in one.write]
        found.append((one.person, "\n".join(given), str(one.until), one.reason, one.decided_by))
    heads = (_("Person"), _("May also"), _("Until"), _("Reason"), _("Decided by"))
    return Table(_("Personal exceptions"), heads, found, "" if found else _("None."))
