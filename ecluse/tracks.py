"""Which changes take two people, when a change is too large for one word, and where a request stands. Pure.

A part of the link file that is not listed as standard is regulated: a part that comes later is on the safe side
until somebody decides otherwise.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from mapping.policy import Policy, canonical
from store.requests import Act, Request, Signature, Track
from streams.preview import Preview

#: What one person may change: how things are called and brought, not who may see or write what.
STANDARD_PARTS = frozenset({"revision", "fields", "dispositions", "statuses", "appointments", "country"})
NEW_LINK = "link"
#: A share of fewer records than this says nothing.
FEW = 50
#: Whoever is asked answers by the end of the second day after (R116).
DAYS_TO_ANSWER = 2


class Stage(StrEnum):
    """The six stages of a change (R115)."""

    DRAFT = "draft"
    EXPERT = "expert"
    LEGAL = "legal"
    QA = "qa"
    READY = "ready"
    PUBLISHED = "published"


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REJECTED = "rejected"
    #: Another revision came into force meanwhile: what was looked at is not what it would change.
    OVERTAKEN = "overtaken"


class Step(NamedTuple):
    """A stage of one request: who passed it; nobody, where it is not asked for or still open."""

    stage: Stage
    passed: bool
    signature: Signature | None = None


def regulated_parts(before: Policy | None, after: Policy) -> tuple[str, ...]:
    """The parts of the link file that differ and are not for one person alone; a new link is one of them."""
    if before is None:
        return (NEW_LINK,)
    old, new = _parts(before), _parts(after)
    return tuple(sorted(name for name in {*old, *new} - STANDARD_PARTS if old.get(name) != new.get(name)))


def _parts(policy: Policy) -> dict[str, Any]:
    parts: dict[str, Any] = orjson.loads(canonical(policy.source))
    return parts


def too_many(found: Preview | None, most: int, percent: int) -> bool:
    """Whether so many records would be taken back or newly sent that somebody has to say so (R079)."""
    if found is None:
        return False
    share = len(found.recalled) * 100 > found.held * percent and found.held >= FEW
    return found.volume > most or share


def same_person(one: str, other: str) -> bool:
    """Whether two names are one, however they are typed."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def waits_for(request: Request, volume: int | None = None) -> tuple[Act, ...]:
    """Whose word is missing before it may come into force. `volume`: how much too much it would move by now, else 0."""
    asked, missing = request.asked, []
    if asked.track is Track.REGULATED and not request.signed(Act.APPROVED):
        missing.append(Act.APPROVED)
    accepted = request.signed(Act.VOLUME_ACCEPTED)
    if volume is None:
        volume = asked.recalls + asked.sends if asked.held else 0
    if volume and (accepted is None or accepted.figure < volume):
        missing.append(Act.VOLUME_ACCEPTED)
    return tuple(missing)


def state(request: Request, live: int) -> State:
    """Where it stands, `live` being the number of the revision in force."""
    if request.signed(Act.PUBLISHED):
        return State.PUBLISHED
    if request.signed(Act.REJECTED):
        return State.REJECTED
    return State.WAITING if request.asked.after == live else State.OVERTAKEN


def stage(request: Request) -> Stage:
    """The stage that it has reached: what it waits at, or the last."""
    if request.signed(Act.PUBLISHED):
        return Stage.PUBLISHED
    missing = waits_for(request)
    return Stage.LEGAL if Act.APPROVED in missing else Stage.QA if missing else Stage.READY


def steps(request: Request) -> Iterator[Step]:
    """The six stages, in their order."""
    proposed, published = request.signed(Act.PROPOSED), request.signed(Act.PUBLISHED)
    missing = waits_for(request)
    yield Step(Stage.DRAFT, passed=True)
    yield Step(Stage.EXPERT, proposed is not None, proposed)
    yield Step(Stage.LEGAL, Act.APPROVED not in missing, request.signed(Act.APPROVED))
    yield Step(Stage.QA, not missing, request.signed(Act.VOLUME_ACCEPTED))
    yield Step(Stage.READY, not missing)
    yield Step(Stage.PUBLISHED, published is not None, published)


def answer_by(request: Request) -> datetime:
    """The end of the second day after it was asked for (R116)."""
    proposed = request.signed(Act.PROPOSED)
    asked = datetime.fromtimestamp((proposed.signed_at if proposed else 0) / 1_000_000, UTC)
    return datetime.combine(asked.date() + timedelta(days=DAYS_TO_ANSWER + 1), time(), UTC)
