"""The one-page notice of a role: what you see, what you may do, what never, whom to ask. At most 300 words (R004)."""

from collections.abc import Iterator, Mapping
from typing import Final

from ecluse import trade
from ecluse.i18n import N_, _, ngettext
from mapping.masks import stays_home
from mapping.policy import Policy, ProfileRule
from mapping.rights import Right, Rights, rights_of
from mapping.scene import DECIDES, RESERVED_LABELS
from mapping.things import ACTIONS, Action, Thing
from mapping.words import Grant, Object, Reach

WORDS_MAX: Final = 300
#: So many names stand in one line; the others are counted.
NAMED_MAX: Final = 6
#: Said for certain, whatever a role may do beside it: what a role must not have by accident.
_NEVER: Final[Mapping[Right, str]] = {
    (Thing.PRICES, Action.UPDATE): N_("change prices"),
    (Thing.CONTACTS, Action.EXPORT): N_("export contacts"),
    (Thing.ACCOUNTS, Action.DELETE): N_("delete accounts"),
    (Thing.CRM_CONFIGURATION, Action.UPDATE): N_("change the configuration of the CRM"),
}
#: What makes a proposal needless: the word of whoever has it is final.
_FINAL: Final[Mapping[Grant, Grant]] = {
    Grant.PROPOSE_LEAD_STATUS: Grant.SET_LEAD_STATUS,
    Grant.PROPOSE_APPOINTMENT: Grant.VALIDATE_APPOINTMENT,
}
#: Room kept for the line that counts what did not fit.
_KEPT: Final = 16


def notice(policy: Policy, role: str) -> list[str]:
    """The notice's lines, in the language in force; Markdown that reads as plain text."""
    rights = rights_of(policy.source, role)
    held = [rule for rule in policy.profiles.values() if rule.role == role]
    before = [
        *_head(policy, role, held),
        "",
        *_seen(rights, held),
        "",
        _heading(_("What you may do")),
        "",
        *_written(rights),
    ]
    after = ["", *_never(policy, rights), "", *_asked(policy, role)]
    room = WORDS_MAX - words([*before, *after]) - _KEPT
    return [*before, *_done(rights, room), *after]


def words(lines: list[str]) -> int:
    """How many words there are, a mark between spaces counted as one."""
    return sum(len(line.split()) for line in lines)


def _head(policy: Policy, role: str, held: list[ProfileRule]) -> Iterator[str]:
    yield "# " + _("Your rights: {role}", role=role)
    yield ""
    names = _listed([rule.name for rule in held])
    who = _("For: {profiles}.", profiles=names) if held else _("No profile of the dialer has this role.")
    yield f"{who} " + _(
        "Link {link}, revision {revision} of {date}.",
        link=policy.link, revision=policy.revision, date=policy.source.revision.date,
    )  # fmt: skip


def _seen(rights: Rights, held: list[ProfileRule]) -> Iterator[str]:
    yield _heading(_("What you see"))
    yield ""
    for item in (Object.CONTACT, Object.ACCOUNT, Object.OPPORTUNITY):
        labels = list(map(trade.label, rights.read.get(item, ())))
        labels += [_("{label} (in part)", label=trade.label(name)) for name in _masked(rights, item)]
        if labels:
            yield _("- {object}: {labels}.", object=_(trade.OBJECTS[item]), labels=_listed(labels))
    if not rights.read and not any(_masked(rights, item) for item in Object):
        yield "- " + _("No record.")
        return
    reaches = list(dict.fromkeys(rule.reach for rule in held))
    texts = [_(trade.REACHES[reach]) for reach in reaches]
    if len(texts) > 1:
        yield _("- By your profile: {records}.", records="; ".join(texts))
    elif reaches == [Reach.ALL]:
        yield f"- {_upper(texts[0])}."
    elif texts:
        yield _("- Only {records}.", records=texts[0])


def _masked(rights: Rights, item: Object) -> list[str]:
    """The labels that are read in part; one that stays home whatever the record is not read."""
    return [name for name, shown in rights.masks.get(item, {}).items() if not stays_home(shown)]


def _written(rights: Rights) -> Iterator[str]:
    grants = [grant for grant in trade.GRANTS if grant in rights.write and _FINAL.get(grant) not in rights.write]
    for grant in grants:
        yield f"- {_upper(_(trade.GRANTS[grant]))}."
    if not grants:
        yield "- " + _("On the dialer you change nothing: you look.")


def _done(rights: Rights, room: int) -> Iterator[str]:
    """The rights outside the dialer, things with the same actions together, as far as there is room."""
    together: dict[tuple[Action, ...], list[Thing]] = {}
    for thing in ACTIONS:
        if actions := rights.actions(thing):
            together.setdefault(actions, []).append(thing)
    lines = [
        (
            _(
                "- {things}: {actions}.",
                things=_upper(", ".join(map(trade.thing, things))),
                actions=", ".join(map(trade.action, actions)),
            ),
            things,
        )
        for actions, things in together.items()
    ]
    left: set[Thing] = set()
    for line, things in [*lines, *_at_stages(rights)]:
        room -= len(line.split())
        if room < 0:
            left.update(things)
        else:
            yield line
    if left:
        yield "- " + ngettext(
            "More, on {n} thing: ask for the rights matrix.",
            "More, on {n} things: ask for the rights matrix.",
            len(left),
        )


def _at_stages(rights: Rights) -> Iterator[tuple[str, list[Thing]]]:
    for phase in rights.during:
        stages = [f"{path.split('.', 1)[1]} = {_listed(list(map(str, held)))}" for path, held in phase.when.items()]
        for thing, actions in phase.may.items():
            line = _(
                "- {things}: {actions}, only while {condition}.",
                things=_upper(trade.thing(thing)),
                actions=", ".join(map(trade.action, actions)),
                condition="; ".join(stages),
            )
            yield line, [thing]


def _never(policy: Policy, rights: Rights) -> Iterator[str]:
    yield _heading(_("What you never see or do"))
    yield ""
    read = {name for item in Object for name in (*rights.read.get(item, ()), *_masked(rights, item))}
    kept = [name for name in trade.LABELS if name in RESERVED_LABELS - read and name in policy.labels.values()]
    if kept:
        yield _("- You do not see: {labels}.", labels=", ".join(map(trade.label, kept)))
    never = [_(text) for right, text in _NEVER.items() if right not in rights.may]
    if never:
        yield _("- You never: {actions}.", actions=", ".join(never))
    yield "- " + _("What is not listed here is not allowed.")


def _asked(policy: Policy, role: str) -> Iterator[str]:
    yield _heading(_("Whom to ask"))
    yield ""
    deciders = [rule.name for rule in policy.profiles.values() if rule.role != role and rule.grants & DECIDES]
    if deciders:
        yield _("- About a prospect, a status or an appointment: {profiles}.", profiles=_listed(deciders))
    yield _("- About your rights: {who}.", who=_short(policy.source.revision.decided_by))


def _heading(text: str) -> str:
    return f"## {text}"


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    text = ", ".join(names[:NAMED_MAX])
    return _("{names} and {count} more", names=text, count=more) if more > 0 else text


def _short(text: str) -> str:
    parts = text.split()
    return " ".join(parts[:8]) + ("…" if len(parts) > 8 else "")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
