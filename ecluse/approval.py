"""How a revision comes into force: asked for, approved where it takes two people, held where it moves too many records.

What is on record is written in one transaction: a revision is in force with all its signatures, or not at all.
"""

import getpass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Connection

from ecluse.command import Failure
from ecluse.i18n import _, number
from ecluse.settings import Settings
from ecluse.terminal import note
from ecluse.tracks import State, regulated_parts, same_person, state, too_many, waits_for
from ecluse.trial import Scope, before, tried_beside
from mapping.policy import Policy
from store import register, requests
from store.database import Database
from store.errors import Violated
from store.register import Live
from store.requests import Act, NewRequest, NewSignature, Request, Track
from streams.preview import Preview

#: What is taken back and newly sent is about records.
RECORDS_ALONE: Final = Scope(events=0)


class Decider(NamedTuple):
    """Who gives a word, as whom, and why."""

    name: str
    account: str
    reason: str
    #: How many records may change at once, by their word.
    accepts: int | None = None

    def sign(self, act: Act, figure: int = 0) -> NewSignature:
        return NewSignature(act, self.name, self.account, self.reason, figure)


class Motive(NamedTuple):
    """Why, when and by whom it was decided (R087)."""

    reason: str
    date: date
    decided_by: str


class Weighed(NamedTuple):
    """A revision that may come into force: what it changes, and what that takes."""

    policy: Policy
    text: str
    #: The number of the revision in force, 0 where there is none.
    after: int
    motive: Motive
    track: Track
    parts: tuple[str, ...]
    found: Preview | None
    held: bool

    @property
    def volume(self) -> int:
        """How many records it would move, where that is too many for one word; else 0."""
        return self.found.volume if self.found and self.held else 0

    def asked(self) -> NewRequest:
        recalls, sends = (len(self.found.recalled), len(self.found.enter)) if self.found else (0, 0)
        return NewRequest(
            self.after, self.policy.revision, self.track, self.parts, *self.motive, self.text, recalls, sends, self.held
        )


def account() -> str:
    """The account of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


def decider(settings: Settings, name: str | None, reason: str, accepts: int | None = None) -> Decider:
    """Who decides; the account's own name where none is said. Refused where the settings name others (R074)."""
    said = (name or account()).strip()
    allowed = settings.deciders
    if allowed and not any(same_person(said, one) for one in allowed):
        raise Failure(_("{name} is not among `deciders` of ecluse.yaml.", name=said))
    if accepts is not None and (not reason.strip() or name is None):
        raise Failure(_("--accept-volume needs --as and --reason: who decides it, and why."))
    return Decider(said, account(), reason, accepts)


def weigh(
    policy: Policy,
    text: str,
    database: Database,
    settings: Settings,
    motive: Motive | None = None,
    scope: Scope = RECORDS_ALONE,
) -> Weighed:
    """What a revision would take. `motive`: where it is not the one in its text."""
    said = policy.source.revision
    with database.read() as conn:
        live = register.revision(conn, policy.tenant, policy.link)
    old = before(policy, database)
    parts = regulated_parts(old, policy)
    track = Track.REGULATED if parts and settings.approval == "two" else Track.STANDARD
    found = tried_beside(old, policy, database, scope)
    held = too_many(found, settings.mass_records, settings.mass_percent)
    motive = motive or Motive(said.reason, said.date, said.decided_by)
    return Weighed(policy, text, _number(live), motive, track, parts, found, held)


def ask(conn: Connection, weighed: Weighed, who: Decider) -> Request:
    """Put a request on record, and the revision in force where nothing is missing. Raises Violated."""
    policy = weighed.policy
    at = (conn, policy.tenant, policy.link)
    if _number(register.revision(*at)) != weighed.after:
        raise Violated("revision_superseded")
    signatures = [who.sign(Act.PROPOSED)]
    if weighed.held and who.accepts is not None:
        signatures.append(who.sign(Act.VOLUME_ACCEPTED, who.accepts))
    request = _find(conn, policy, requests.add(*at, weighed.asked(), signatures))
    return _publish(conn, policy, request, who) if not waits_for(request) else request


def waiting(conn: Connection, policy: Policy) -> list[Request]:
    """The requests of a link that wait for somebody's word."""
    at = (conn, policy.tenant, policy.link)
    live = _number(register.revision(*at))
    return [one for one in requests.listing(*at) if state(one, live) is State.WAITING]


def enough(weighed: Weighed, who: Decider) -> None:
    """Raises Failure where fewer records were accepted than would change."""
    volume = weighed.found.volume if weighed.found else 0
    if who.accepts is not None and who.accepts < volume:
        raise Failure(
            _(
                "{volume} records would change at once, more than the {accepted} that you accept.",
                volume=number(volume), accepted=number(who.accepts),
            )
        )  # fmt: skip


def approve(conn: Connection, weighed: Weighed, request: Request, who: Decider) -> Request:
    """A second person's word; in force with it, unless the volume is still to be accepted."""
    policy = weighed.policy
    at = (conn, policy.tenant, policy.link)
    if state(_find(conn, policy, request.number), _number(register.revision(*at))) is not State.WAITING:
        raise Violated("request_waits_no_more")
    if Act.APPROVED in waits_for(request):
        requests.sign(*at, request.number, who.sign(Act.APPROVED))
    if weighed.volume and who.accepts is not None:
        requests.sign(*at, request.number, who.sign(Act.VOLUME_ACCEPTED, who.accepts))
    request = _find(conn, policy, request.number)
    return _publish(conn, policy, request, who) if not waits_for(request, weighed.volume) else request


def second(request: Request, who: Decider) -> None:
    """Raises Failure where who approves is who put it forward; says so where only their account is the same."""
    proposed = [one for one in request.signatures if one.act is Act.PROPOSED]
    if request.asked.track is not Track.REGULATED:
        return
    if any(same_person(one.name, who.name) for one in proposed):
        raise Failure(_("{name} put this request forward: somebody else approves it.", name=who.name))
    if any(one.account == who.account for one in proposed):
        note(_("Both words come from the account {account}: it is on record.", account=who.account))


def _publish(conn: Connection, policy: Policy, request: Request, who: Decider) -> Request:
    asked = request.asked
    live = register.make_live(
        conn, policy.tenant, policy.link, asked.revision, asked.reason, asked.date, asked.decided_by,
        asked.source_text, after=asked.after,
    )  # fmt: skip
    requests.sign(conn, policy.tenant, policy.link, request.number, who.sign(Act.PUBLISHED, live.number))
    return _find(conn, policy, request.number)


def _find(conn: Connection, policy: Policy, number_: int) -> Request:
    return next(one for one in requests.listing(conn, policy.tenant, policy.link) if one.number == number_)


def _number(live: Live | None) -> int:
    return live.number if live else 0
