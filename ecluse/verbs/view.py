"""`ecluse view`: exactly what a profile, or one person of it, sees of a record."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import orjson

from ecluse import why
from ecluse.command import Failure, argument, file_place, link_option, moment, option, output_option, verb
from ecluse.i18n import N_, _
from ecluse.links import find_one, policy_of
from ecluse.people import facts_of, read_people
from ecluse.terminal import answer, answer_json, paint, suggest, table
from mapping.nearest import nearest
from mapping.perimeter import Person
from mapping.policy import Policy
from streams.outbound import view


class Looked(NamedTuple):
    """What a look needs: the rules, the record's whole data, and who looks."""

    policy: Policy
    record: str
    data: Mapping[str, Any]
    profile: str
    person: Person | None


@verb(
    "view",
    N_(
        "Exactly what a profile sees of a record: the final payload, after both gates."
        "\n\nRECORD is `contact/42`, from the database of the working folder; or give the event itself with --event."
    ),
    examples=(
        "ecluse view contact/42 --as teleoperator",
        "ecluse view contact/42 --as teleoperator:tp-12",
        "ecluse view --as mission_lead --event event.json --link examples/demo/link.yaml",
    ),
)
@argument("record", required=False, metavar=N_("[RECORD]"))
@option("--as", "who", required=True, metavar=N_("PROFILE[:PERSON]"), help=N_("Who looks."))
@option(
    "--event",
    "event_file",
    type=file_place(),
    metavar=N_("FILE"),
    help=N_("A whole event as JSON, instead of the database."),
)
@link_option()
@option(
    "--now", callback=moment, metavar=N_("TIME"), help=N_("The time it is taken to be, as 2026-11-20T10:11:12+01:00.")
)
@output_option()
@click.pass_obj
def command(
    folder: Path, record: str | None, who: str, event_file: Path | None, link: str | None, now: datetime | None,
    output: str,
) -> int:  # fmt: skip
    now = now or datetime.now(UTC)
    looked = _of_file(folder, event_file, who, link, now) if event_file else _of_database(folder, record, who, link)
    shown = view(looked.policy, {"data": looked.data}, looked.profile, now, looked.person)
    hidden = list(_hidden(looked, now))
    if output == "json":
        answer_json("view", _document(looked, shown, hidden))
    else:
        _print(looked, shown, hidden, now)
    return 0


def _of_file(folder: Path, path: Path, who: str, link: str | None, now: datetime) -> Looked:
    policy = policy_of(find_one(link, folder) if link else _only(folder), folder)
    try:
        event = orjson.loads(path.read_bytes())
        data, record = event["data"], str(event["subject"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Failure(_("{file} does not hold one whole event.", file=str(path))) from None
    profile, person_id = _who(policy, who)
    people = folder / "people.csv"
    known = facts_of(read_people(people), now) if person_id and people.exists() else {}
    person = known[person_id].person if person_id in known else None
    if person_id and person is None:
        raise Failure(_('nobody called "{person}" in {file}.', person=person_id, file="people.csv"))
    return Looked(policy, record, data, profile, person)


def _of_database(folder: Path, record: str | None, who: str, link: str | None) -> Looked:
    from ecluse.standing import warn
    from ecluse.wiring import opened

    if record is None:
        raise click.UsageError(_("say which record, or give --event FILE."))
    with opened(folder) as place:
        at = place.link(link)
        policy = at.policy
        warn(policy, at.database)
        profile, person_id = _who(policy, who)
        known = at.whole(record)
        if known is None:
            raise Failure(_("nothing is known of {record} here.", record=record))
        person = at.person(person_id) if person_id else None
        if person_id and person is None:
            raise Failure(_('nobody called "{person}" in this link.', person=person_id))
    return Looked(policy, known.record, known.data, profile, person)


def _only(folder: Path) -> Path:
    from ecluse.links import find

    links = find((), folder)
    if len(links) != 1:
        raise click.UsageError(_("there are several links here: say which with --link."))
    return links[0]


def _who(policy: Policy, who: str) -> tuple[str, str]:
    profile, _colon, person = who.partition(":")
    if profile not in policy.profiles:
        message = _('no profile "{name}" in this link.', name=profile)
        near = nearest(profile, policy.profiles)
        message += " " + (_('Did you mean "{word}"?', word=near) if near else ", ".join(policy.profiles))
        raise click.BadParameter(message, param_hint="--as")
    return profile, person


def _hidden(looked: Looked, now: datetime) -> list[tuple[str, str, str]]:
    """(pointer, label, why) of every field of the event that this profile does not get."""
    rows = []
    for item, held in looked.data.items():
        if item == "owner" or not isinstance(held, dict):
            continue
        for name in held:
            if name == "id":
                continue
            reasons = why.of_field(
                looked.policy, item, name, data=looked.data, day=now.date(), asked=looked.profile, person=looked.person
            )
            if not reasons.sent:
                rows.append((f"/{item}/{name}", reasons.label or "", reasons.decides))
    return rows


def _print(looked: Looked, shown: dict[str, Any] | None, hidden: list[tuple[str, str, str]], now: datetime) -> None:
    rule = looked.policy.profiles[looked.profile]
    place = looked.policy.perimeter.place(looked.data, now.date())
    who = looked.profile + (f":{looked.person.id}" if looked.person else "")
    answer(paint(_("{record} as {who}", record=looked.record, who=who), "bold"))
    campaign = _(", campaign {name}", name=place.campaign) if place.campaign else ""
    answer(_("role {role}, perimeter {reach}", role=rule.role, reach=rule.reach.value) + campaign)
    answer()
    if shown is None:
        closed = _("The campaign {name} is closed.", name=place.closed_campaign) if place.closed_campaign else ""
        answer(
            paint(_("Nothing: this record is outside the perimeter."), "bold yellow") + (" " + closed if closed else "")
        )
    else:
        table([(name, "" if value is None else str(value)) for name, value in shown.items()], indent=2)
        if hidden:
            answer()
            answer(_("Not shown:"))
            table([(pointer, label or "–", _(why.WHY[reason])) for pointer, label, reason in hidden], indent=2)
    answer()
    answer(
        _(
            "Under revision {revision}. No value of a field that is not shown was printed.",
            revision=looked.policy.revision,
        )
    )
    suggest(f"ecluse explain {looked.record}")


def _document(looked: Looked, shown: dict[str, Any] | None, hidden: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "record": looked.record,
        "profile": looked.profile,
        "person": looked.person.id if looked.person else None,
        "role": looked.policy.profiles[looked.profile].role,
        "revision": looked.policy.revision,
        "opens": shown is not None,
        "fields": shown or {},
        "hidden": [{"pointer": pointer, "label": label or None, "decides": step} for pointer, label, step in hidden],
    }
