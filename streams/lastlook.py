"""The last look, at delivery, because minutes may have passed since the decision.

Pure: facts in, a verdict for each command out. It never changes the order of a lane: a command goes
now, or never.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from mapping.reasons import Reason
from mapping.words import CRM_WRITES, CommandKind

#: How often an overtaken upsert in doubt is still repeated.
DOUBTS_CLEARED = 3


class Pending(NamedTuple):
    """A command at the head of its lane, about to leave."""

    kind: CommandKind
    record: str
    campaign: str
    #: Keyed digest of the payload.
    digest: bytes
    #: The revision under which it was decided.
    revision: str
    #: True when an earlier attempt may have been applied.
    in_doubt: bool
    #: Of the event that caused it.
    seq: int = 0
    #: How often it was sent already.
    attempts: int = 0


class Facts(NamedTuple):
    """What is known at this moment, read once for a batch."""

    #: record -> digest of what the dialer holds; absent: nothing. Empty: something, nobody knows what.
    held: Mapping[str, bytes]
    #: Records for which a newer upsert or recall waits in the same lane.
    newer: Collection[str]
    #: Records that the CRM no longer has.
    gone: Collection[str]
    closed_campaigns: Collection[str]
    #: The live revision, or empty where none is registered.
    revision: str = ""
    #: The newest event delivered for each record: what was parked and comes again must not undo it.
    last: Mapping[str, int] = {}
    #: Records for which a recall waits: nothing more of them goes, not even once again.
    recalled: Collection[str] = ()


class Go(NamedTuple):
    """Send it."""


class Skip(NamedTuple):
    """Do not send it, and say why."""

    reason: Reason
    #: The target may hold something of it nevertheless: the ledger has to say so.
    uncertain: bool = False
    #: Decided under a revision or for a campaign that is no longer live: the record has to be decided anew.
    again: bool = False


GO = Go()


def look(pending: Pending, facts: Facts) -> Go | Skip:
    """Whether a command still has to go. What comes back to the CRM always has: it says what happened."""
    if pending.kind in CRM_WRITES:
        return GO
    if facts.last.get(pending.record, 0) > pending.seq:
        return Skip(Reason.OVERTAKEN, uncertain=pending.in_doubt)
    if pending.kind is CommandKind.UPSERT_PROSPECT:
        return _upsert(pending, facts)
    if pending.kind is CommandKind.RECALL_PROSPECT and pending.record not in facts.held and not pending.in_doubt:
        return Skip(Reason.UNCHANGED)
    return GO


def _upsert(pending: Pending, facts: Facts) -> Go | Skip:
    if pending.record in facts.gone:
        return Skip(Reason.RECORD_DELETED, uncertain=pending.in_doubt)
    if pending.record in facts.newer and not _first_once_more(pending, facts):
        return Skip(Reason.OVERTAKEN, uncertain=pending.in_doubt)
    if facts.revision and pending.revision != facts.revision:
        return Skip(Reason.OVERTAKEN, uncertain=pending.in_doubt, again=True)
    if pending.campaign and pending.campaign in facts.closed_campaigns:
        # The dialer may hold the record for another campaign: a decision of today takes it back, or gives it again.
        return Skip(Reason.CAMPAIGN_CLOSED, uncertain=pending.in_doubt, again=pending.record in facts.held)
    if not pending.in_doubt and pending.digest and facts.held.get(pending.record) == pending.digest:
        return Skip(Reason.UNCHANGED)
    return GO


def _first_once_more(pending: Pending, facts: Facts) -> bool:
    """Whether to repeat an overtaken upsert before the newer one goes.

    Its first request may still be under way, sent by a worker that froze or held up by the network.
    A target that has answered to its key knows the late one for a repetition; otherwise that would
    put an old state over a new one. Not for long: what the target chokes on must not hold up its mending.
    """
    return pending.in_doubt and pending.attempts <= DOUBTS_CLEARED and pending.record not in facts.recalled
