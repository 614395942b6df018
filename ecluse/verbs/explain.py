"""`ecluse explain`: why a record or a field went out, or did not. Rules, revisions and names; never a value."""

from pathlib import Path

import click

from ecluse import explained, why
from ecluse.command import Failure, argument, link_option, option, output_option, verb
from ecluse.explained import Told
from ecluse.i18n import N_, _
from ecluse.standing import warn
from ecluse.terminal import answer_json
from ecluse.wiring import Link, now, opened
from store import decisions as decision_store

SHOWN = 10


@verb(
    "explain",
    N_(
        "Why a record or a field went out, or did not: the rules that were tried, and the one that decides."
        "\n\nRECORD is `contact/42`; a field of it is `contact/42#opportunity.margin`. No value is ever printed."
    ),
    examples=(
        "ecluse explain contact/42",
        "ecluse explain contact/42#opportunity.margin --as teleoperator",
        "ecluse explain --event 01JD8Z…",
    ),
)
@argument("record", required=False, metavar=N_("[RECORD[#FIELD]]"))
@option("--event", metavar="ID", help=N_("One event, by its id."))
@option("--as", "who", metavar=N_("PROFILE"), help=N_("For this profile only."))
@link_option()
@output_option()
@click.pass_obj
def command(folder: Path, record: str | None, event: str | None, who: str | None, link: str | None, output: str) -> int:
    if (record is None) == (event is None):
        raise click.UsageError(_("say a record, or --event ID."))
    with opened(folder) as place:
        at = place.link(link)
        warn(at.policy, at.database)
        if who is not None and who not in at.policy.profiles:
            raise click.BadParameter(_('no profile "{name}" in this link.', name=who), param_hint="--as")
        told = _about_event(at, event) if event is not None else _about_record(at, record or "", who)
    if output == "json":
        answer_json("explain", explained.document(told, at.policy))
    else:
        explained.show(told, at.policy, at.read.marks)
    return 0


def _about_event(at: Link, event: str) -> Told:
    with at.unit() as unit:
        kept = decision_store.of_event(unit.conn, unit.tenant, unit.link, event)
    if kept is None:
        raise Failure(_("no decision about an event {event} is kept here.", event=event))
    return Told(kept.decision.record, (kept,), (), single=False)


def _about_record(at: Link, asked: str, who: str | None) -> Told:
    name, _hash, field = asked.partition("#")
    known = at.whole(name)
    record = known.record if known else name
    with at.unit() as unit:
        kept = decision_store.of_record(unit.conn, unit.tenant, unit.link, record, SHOWN)
    if known is None and not kept and not field:
        raise Failure(_("nothing is known of {record} here.", record=record))
    data, day = (known.data if known else None), now().date()
    if not field:
        return Told(record, tuple(kept), tuple(why.of_all(at.policy, data=data, day=day, asked=who)), single=False)
    item, _dot, name = field.strip("/").replace("/", ".").partition(".")
    if not name:
        raise click.BadParameter(_("write the field as object.field, such as opportunity.margin."), param_hint="RECORD")
    return Told(record, tuple(kept), (why.of_field(at.policy, item, name, data=data, day=day, asked=who),), single=True)
