"""What a demonstration says at its end, within 80 columns."""

from ecluse.demo.figures import Figures
from ecluse.demo.scenario import NO_ACCOUNT, Scenario
from ecluse.i18n import N_, _, ngettext, number
from ecluse.sentences import VERDICTS, sentence
from ecluse.terminal import answer, paint, table, wrapped
from ecluse.verbs.status import FLOWS, equation
from mapping.scene import RESERVED_LABELS
from mapping.words import Side, Verdict

KINDS = {
    "calls": N_("call results"),
    "statuses": N_("lead statuses"),
    "comments": N_("comments"),
    "actions": N_("next actions"),
    "appointments": N_("appointments"),
}
MISHAPS = {
    "mishap-unknown-disposition": N_("a result that the link does not know"),
    "mishap-unknown-person": N_("a call by somebody nobody knows"),
    "mishap-unknown-record": N_("a prospect that the CRM does not have"),
    "mishap-sixth-kind": N_("a change of owner"),
    "mishap-self-validated": N_("a telemarketer who validates alone"),
    "mishap-foreign-campaign": N_("a call for somebody else's campaign"),
}
WRONG = {
    "conservation": N_("events are unaccounted for"),
    "in_flight": N_("events are still on their way"),
    "nothing_sent": N_("no prospect went out"),
    "reserved_values": N_("a reserved value left"),
    "sixth_kind_of_write": N_("the CRM was asked for something else than the five kinds of write"),
    "calls": N_("the CRM holds more calls than were told"),
    "appointments": N_("the CRM holds other appointments than were validated"),
    "idempotence": N_("the second pass changed something"),
    "opportunities": N_("opportunities are unaccounted for"),
    "told": N_("calls were told that did not arrive"),
}
COLUMN = 24
WIDTH = 52


def show(figures: Figures, scenario: Scenario) -> None:
    """The whole report; the line that matters most comes last."""
    _setting(figures, scenario)
    _out(figures)
    _back(figures)
    _balance(figures)
    _second(figures)
    answer(last_line(figures))


def _head(text: str) -> None:
    answer()
    answer(paint(text, "bold cyan"))


def _line(title: str, text: str, style: str = "") -> None:
    for at, part in enumerate(wrapped(text, WIDTH)):
        answer(f"  {title if at == 0 else '':<{COLUMN}} {paint(part, style) if style else part}")


def _setting(figures: Figures, scenario: Scenario) -> None:
    size = {name: number(count) for name, count in figures.sizes.items()}
    made_up = _("a made-up French firm, seed {seed}", seed=scenario.seed)
    answer(paint(made_up if scenario.name == "made-up" else _("the data as they are, contacts made up"), "bold"))
    _line(
        _("in the CRM"),
        _(
            "{accounts} accounts, {contacts} contacts, {deals} opportunities",
            accounts=size["account"], contacts=size["contact"], deals=size["opportunity"],
        ),
    )  # fmt: skip
    _line("", ngettext("{n} sales person", "{n} sales people", figures.sizes["sales_people"]))
    callers = ngettext("{n} telemarketer", "{n} telemarketers", figures.sizes.get("teleoperator", 0))
    leads = ngettext("{n} manager", "{n} managers", figures.sizes.get("mission_lead", 0))
    _line(_("at the dialer"), f"{callers}, {leads}")
    for at, (what, count) in enumerate(figures.mended.items()):
        text = _("{count} deals without an account", count=number(count)) if what == NO_ACCOUNT else ""
        _line(_("found and handled") if at == 0 else "", text or f"{number(count)} × {what}")


def _out(figures: Figures) -> None:
    _head(_("CRM -> dialer"))
    profiles = list(dict.fromkeys(profile for found in figures.sent.values() for profile in found))
    rows = [
        (campaign or "–", *(number(found.get(profile, 0)) for profile in profiles))
        for campaign, found in figures.sent.items()
    ]
    table(rows, (_("campaign"), *profiles), right=tuple(range(1, len(profiles) + 1)), indent=2)
    reasons = figures.reasons[Side.CRM]
    for reason in ("outside_perimeter", "campaign_closed", "egress_blocked"):
        if reasons.get(reason):
            _line(_("{count} held back", count=number(reasons[reason])), sentence(reason))
    never = {label: fields for label, fields in figures.never_read.items() if label in RESERVED_LABELS}
    for at, (label, fields) in enumerate(never.items()):
        _line(_("never asked of the CRM") if at == 0 else "", f"{', '.join(fields)} ({label})")
    stripped = {label: times for label, times in figures.stripped.items() if label in RESERVED_LABELS}
    for at, (label, times) in enumerate(stripped.items()):
        title = _("read to choose, stripped") if at == 0 else ""
        _line(title, ngettext("{n} time", "{n} times", times) + f" ({label})")
    found = figures.searched
    text = _(
        "{bytes} bytes searched for {values} reserved values: {found} found",
        bytes=number(found.bytes), values=number(found.values), found=number(found.found),
    )  # fmt: skip
    _line(_("on the wire"), text, "red" if found.found else "green")


def _back(figures: Figures) -> None:
    _head(_("dialer -> CRM"))
    results = ", ".join(f"{word} {number(count)}" for word, count in figures.results.items())
    _line(_("calls told"), number(figures.told))
    _line(_("by result"), results)
    for at, (kind, title) in enumerate((kind, title) for kind, title in KINDS.items() if figures.written.get(kind)):
        _line(_("written into the CRM") if at == 0 else "", f"{number(figures.written[kind])} {_(title)}")
    for kind, name in (("appointment", N_("appointments")), ("lead_status", N_("lead statuses"))):
        states = figures.proposals.get(kind, {})
        if states:
            text = _(
                "{all} proposed: {written} validated and written, {rejected} rejected, {open} waiting",
                all=number(sum(states.values())), written=number(states.get("written", 0)),
                rejected=number(states.get("rejected", 0)), open=number(states.get("proposed", 0)),
            )  # fmt: skip
            _line(_(name), text)
    for at, (name, (verdict, reason)) in enumerate(figures.mishaps.items()):
        said = _("{what}: {detail}", what=_(VERDICTS[Verdict(verdict)]), detail=reason) if verdict else "–"
        _line(_("sent by mistake") if at == 0 else "", _(MISHAPS.get(name, name)))
        answer(f"  {'':<{COLUMN}}   -> {paint(said, 'yellow')}")


def _balance(figures: Figures) -> None:
    _head(_("Nothing lost"))
    for side, balance in figures.balances.items():
        _line(_(FLOWS[side]), equation(balance))


def _second(figures: Figures) -> None:
    _head(_("Once more, after a restart"))
    _line(_("told again"), _("{count} deliveries, all of them known", count=number(figures.told_again)))
    changed = sum(figures.again.values())
    text = _("nothing to send, nothing to write") if not changed else _("{count} changes", count=number(changed))
    _line(_("second pass"), text, "red" if changed else "green")
    answer()


def last_line(figures: Figures) -> str:
    wrong = figures.wrong()
    if wrong:
        said = "; ".join(_(WRONG[name]) for name in wrong)
        return paint(_("It does not add up: {what}.", what=said), "bold red")
    seconds = f"{figures.seconds:.0f}"
    return paint(
        _("It adds up, in {seconds} s: nothing reserved left, nothing lost, nothing twice.", seconds=seconds),
        "bold green",
    )
