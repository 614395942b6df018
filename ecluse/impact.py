"""What a revision would do, as people and machines are told it: fields, prospects, recalls, writes. Never a value."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ecluse.changes import EVERYBODY
from ecluse.i18n import N_, _, number
from ecluse.terminal import answer, paint, table
from mapping.policy import Policy
from mapping.words import CommandKind, Side
from streams.preview import WHOLE, Outcome, Preview, Shift, Way
from streams.privilege import spare

SIGNS = {Way.SHOWN: ("+", "green"), Way.HIDDEN: ("-", "red"), Way.CHANGED: ("~", "yellow")}
WAYS = {Way.SHOWN: N_("newly seen"), Way.HIDDEN: N_("no longer seen"), Way.CHANGED: N_("made otherwise")}
SIDES = {Side.CRM: N_("CRM -> dialer"), Side.DIALER: N_("dialer -> CRM")}
#: Ids of records are shown only where they are asked for, and then so many.
RECORDS_SHOWN = 50


class Row(NamedTuple):
    """A field and whom it is about."""

    way: Way
    field: str
    pointer: str
    label: str
    profile: str
    people: int
    records: int
    #: False where the field was never asked of the CRM: then `records` is the most that it can be.
    counted: bool


def rows(found: Preview, policy: Policy) -> list[Row]:
    """By profile; all at once where the dialer shows everybody the same."""
    gathered: dict[tuple[Way, str, str, str], tuple[set[str], int]] = {}
    for effect, extent in found.effects.items():
        profile = effect.profile if policy.views else EVERYBODY
        key = effect.way, effect.field, effect.pointer, profile
        people, records = gathered.get(key, (set(), 0))
        gathered[key] = people | extent.people, max(records, extent.records)
    order = list(Way)
    made = [
        Row(way, field, pointer, policy.label_of(pointer) if pointer else "", profile, len(people), records,
            way is not Way.SHOWN or field not in found.unread)
        for (way, field, pointer, profile), (people, records) in gathered.items()
    ]  # fmt: skip
    return sorted(made, key=lambda row: (row.field != WHOLE, order.index(row.way), row.profile, row.field))


def field_words(field: str) -> str:
    return _("the whole record") if field == WHOLE else field


def cells(row: Row) -> tuple[str, ...]:
    """Field, source, label, profile, people, records."""
    records = number(row.records) if row.counted else _("at most {n}", n=number(row.records))
    return (
        field_words(row.field), row.pointer, row.label, _("everybody") if row.profile == EVERYBODY else row.profile,
        number(row.people), records,
    )  # fmt: skip


def figures(found: Preview) -> list[tuple[str, int]]:
    """What becomes of prospects, in the order in which it matters."""
    return [
        (_("prospects that would be taken back from the dialer"), len(found.recalled)),
        (_("prospects that would leave, the dialer holding them or not"), len(found.leave)),
        (_("prospects that would newly go out"), len(found.enter)),
        (_("prospects sent anew, with other fields or another campaign"), len(found.altered)),
    ]


def looked_at(found: Preview) -> str:
    text = _(
        "Tried on {events} recent events ({crm} of the CRM, {dialer} of the dialer) and on {records} known records, "
        "{held} of them with the dialer.",
        events=number(found.events.total()), crm=number(found.events[Side.CRM]),
        dialer=number(found.events[Side.DIALER]), records=number(found.records), held=number(found.held),
    )  # fmt: skip
    if found.unreadable:
        text += " " + _("{n} events can no longer be read and were left out.", n=number(found.unreadable))
    return text


def shifted(found: Preview) -> list[tuple[Shift, int]]:
    """Most frequent first."""
    return sorted(found.shifts.items(), key=lambda item: (-item[1], item[0]))


def outcome_words(outcome: Outcome) -> str:
    kind = "" if outcome.command == CommandKind.UPSERT_PROSPECT else outcome.command
    return " ".join(word for word in (kind, outcome.verdict, outcome.reason) if word)


def shift_words(shift: Shift) -> tuple[str, str]:
    """How it ends before and after."""
    before, after = outcome_words(shift.before), outcome_words(shift.after)
    return before, _("the same, with another content") if before == after else after


def show(found: Preview, policy: Policy, *, records: bool) -> None:
    """The preview as lines; ids of records only where they are asked for."""
    answer("  " + looked_at(found))
    if not found.changes:
        answer("  " + paint(_("Nothing of it would end otherwise."), "green"))
        return
    _show_fields(rows(found, policy))
    answer()
    table([(words, number(count)) for words, count in figures(found)], indent=2, right=(1,))
    if found.shifts:
        answer()
        lines = [(_(SIDES[shift.side]), *shift_words(shift), number(count)) for shift, count in shifted(found)]
        table(lines, (_("events"), _("so far"), _("then"), _("how many")), right=(3,), indent=2)
    if records:
        _show_records(found)


def _show_fields(lines: Sequence[Row]) -> None:
    if not lines:
        return
    answer()
    lead = [(SIGNS[row.way][0], *cells(row)) for row in lines]
    heads = ("", _("field"), _("made of"), _("label"), _("profile"), _("people"), _("records"))
    table(lead, heads, right=(5, 6), indent=2)
    if not all(row.counted for row in lines):
        answer("  " + _("at most: the CRM was not asked for this field so far, so nobody knows how many have it."))


def show_spare(policy: Policy, found: Preview | None) -> None:
    """Rights that a profile could do without: least privilege, as far as events and fields tell."""
    lines = spare(policy, found.used if found else {})
    if not lines:
        return
    answer()
    answer("  " + _("More than is needed:"))
    words = {"read": _("may read, and no field needs it"), "write": _("may write, and never did in these events")}
    table([(one.profile, one.right, words[one.kind]) for one in lines], indent=2)


def _show_records(found: Preview) -> None:
    for words, named in ids(found):
        more = " …" if len(named) > RECORDS_SHOWN else ""
        answer(f"  {words}: {' '.join(named[:RECORDS_SHOWN])}{more}")


def ids(found: Preview) -> list[tuple[str, list[str]]]:
    """The records that change, by what becomes of them."""
    lists = ((_("newly out"), found.enter), (_("leaving"), found.leave), (_("sent anew"), found.altered))
    return [(words, named) for words, named in lists if named]


def document(found: Preview, policy: Policy, *, records: bool) -> dict[str, Any]:
    """The same for machines, ids of records where they are asked for."""
    body: dict[str, Any] = {
        "tried_on": {
            "events": {side.value: found.events[side] for side in Side}, "unreadable": found.unreadable,
            "records": found.records, "held": found.held,
        },
        "fields": [{**row._asdict(), "way": row.way.value} for row in rows(found, policy)],
        "prospects": {
            "recalled": len(found.recalled), "leave": len(found.leave), "enter": len(found.enter),
            "altered": len(found.altered), "volume": found.volume,
        },
        "events": [
            {"side": shift.side.value, "before": shift.before._asdict(), "after": shift.after._asdict(), "count": count}
            for shift, count in shifted(found)
        ],
        "changes": found.changes,
    }  # fmt: skip
    if records:
        lists = {"recalled": found.recalled, "leave": found.leave, "enter": found.enter, "altered": found.altered}
        body["records"] = lists
    return body
