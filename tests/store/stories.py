"""Words for the store's tests: one tenant, one link, and the steps of an event's life."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, text

from mapping.decisions import Command, Decision
from mapping.reasons import Reason
from mapping.words import CommandKind, Origin, Side, Verdict
from store import decisions, events, leases, outbox, positions, proposals, quarantine
from store.conservation import Balance, balance
from store.database import Database
from store.events import NewEvent
from store.leases import Lease
from store.outbox import Due
from store.proposals import NewProposal, ProposalKind

T = TypeVar("T")
P = ParamSpec("P")

KEK = bytes(range(32))
TENANT = "nord"
LINK = "nord-jp"
FAR = 4_000_000_000_000_000  # microseconds: the year 2096

REASON = {
    Verdict.SEND: Reason.CLEARED,
    Verdict.WRITE: Reason.ACCEPTED,
    Verdict.HOLD: Reason.AWAITS_VALIDATION,
    Verdict.WITHHOLD: Reason.OUTSIDE_PERIMETER,
    Verdict.REFUSE: Reason.NOT_GRANTED,
    Verdict.QUARANTINE: Reason.MALFORMED,
}


def event(key: str, record: str = "contact/42", body: bytes = b'{"a":1}', side: Side = Side.CRM) -> NewEvent:
    return NewEvent(key, side, "crm.contact.changed", record, Origin.LIVE, body)


def decision(key: str, verdict: Verdict = Verdict.SEND, record: str = "contact/42") -> Decision:
    pointers = ("/contact/phone", "/account/name"), ("/contact/born",), ("/opportunity/margin",)
    return Decision(key, verdict, REASON[verdict], "0123456789ab", "teleoperator", *pointers, None, record)


def command(record: str = "contact/42", kind: CommandKind = CommandKind.UPSERT_PROSPECT) -> Command:
    return Command(kind, record, {"campaign": "t4", "fields": {"phone": "+33123456789"}})


class Story:
    """A link at work on a database, with the lease of whoever works."""

    def __init__(self, database: Database, side: Side = Side.CRM) -> None:
        self.database = database
        self.keys = database.keys
        self.side = side
        self.lease: Lease = self.do(lambda conn: _taken(leases.take(conn, TENANT, f"decide/{side}", "one", 600.0)))
        self._numbers = itertools.count()

    def do(self, work: Callable[[Connection], T]) -> T:
        return self.database.writer.write_now(work)

    def call(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`do`, for what varies in a loop: the values go in as arguments."""
        return self.do(lambda conn: work(conn, *args, **kwargs))

    def execute(self, statement: str, **values: object) -> None:
        self.do(lambda conn: conn.execute(text(statement), values))

    def see(self, work: Callable[[Connection], T]) -> T:
        with self.database.read() as conn:
            return work(conn)

    def log(self, *new: NewEvent) -> list[int | None]:
        return self.do(lambda conn: events.append(conn, self.keys, TENANT, LINK, new))

    def receive(self, record: str = "contact/42", body: bytes = b'{"a":1}') -> int:
        """One more event; its seq."""
        seq = self.log(event(f"{self.side.value}-{next(self._numbers)}", record, body, self.side))[0]
        assert seq is not None
        return seq

    def decide(self, seqs: Sequence[int], verdict: Verdict = Verdict.SEND) -> None:
        """Decide these, with all that must be in the same transaction; the position moves over them."""

        def work(conn: Connection) -> None:
            logged = [events.one(conn, self.keys, TENANT, LINK, seq) for seq in seqs]
            found = [one for one in logged if one is not None]
            rows = [(one.seq, decision(one.key, verdict, one.record)) for one in found]
            decisions.add(conn, TENANT, LINK, self.side, rows)
            if verdict in {Verdict.SEND, Verdict.WRITE}:
                queued = [(one.seq, command(one.record)) for one in found]
                outbox.add(conn, self.keys, TENANT, LINK, self.side, queued)
            for one in found:
                if verdict is Verdict.QUARANTINE:
                    quarantine.add(
                        conn, self.keys, TENANT, LINK, one.seq, quarantine.Stage.DECIDE, Reason.MALFORMED, one.body
                    )
                if verdict is Verdict.HOLD:
                    assert proposals.add(conn, self.keys, TENANT, LINK, self.proposal(one.seq, one.record), self.side)
            if max(seqs) > positions.read(conn, TENANT, LINK, self.side):
                positions.move(conn, TENANT, LINK, self.side, max(seqs), self.lease)

        self.do(work)

    def proposal(self, seq: int, record: str, deadline: int = FAR) -> NewProposal:
        booked = command(record, CommandKind.BOOK_APPOINTMENT)
        return NewProposal(f"p{seq}", ProposalKind.APPOINTMENT, record, "tp-12", seq, deadline, booked)

    def sent(self, record: str = "contact/42") -> int:
        """An event received and decided, its command in the outbox."""
        seq = self.receive(record)
        self.decide([seq])
        return seq

    def due(self, limit: int = 100) -> list[Due]:
        return self.see(lambda conn: outbox.due(conn, self.keys, TENANT, LINK, self.side, limit))

    def deliver(self, done: Mapping[int, str]) -> None:
        self.do(lambda conn: outbox.delivered(conn, self.lease, TENANT, LINK, self.side, done))

    def balance(self) -> Balance:
        return self.see(lambda conn: balance(conn, TENANT, LINK, self.side))


def _taken(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease
