"""Whatever happens to events, in whatever order: all of them are somewhere, and once.

A model in plain dictionaries walks along; after every step the balance, the heads of the lanes and
the states of the proposals must be those of the model.
"""

import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql
from sqlalchemy import Connection, text

from mapping.reasons import Reason
from mapping.words import Side, Verdict
from store import outbox, proposals, quarantine
from store.conservation import Balance
from store.database import Database
from store.proposals import ProposalState
from tests.services.postgres import Postgres
from tests.store.stories import KEK, LINK, TENANT, Story

RECORDS = st.sampled_from(["contact/1", "contact/2", "contact/3"])
PICK = st.integers(min_value=0, max_value=1000)
WHERE = (TENANT, LINK, Side.DIALER)


class Link(RuleBasedStateMachine):
    """One side of one link."""

    url = ""

    @initialize()
    def start(self) -> None:
        self.database = Database.open(self.url, kek=KEK)
        for table in ("proposals", "quarantine", "outbox", "decisions", "events", "positions"):
            self.database.writer.write_now(partial(_empty, table=table))
        self.story = Story(self.database, Side.DIALER)
        #: seq -> where the event is, in the balance's words
        self.at: dict[int, str] = {}
        self.record: dict[int, str] = {}
        self.waiting: list[int] = []
        #: seqs with a command, and those of them that were started
        self.queued: set[int] = set()
        self.begun: set[int] = set()
        #: proposals: seq of the event -> seq of the event that writes it, once validated
        self.open: set[int] = set()
        self.writes: dict[int, int] = {}
        self.parked: set[int] = set()
        self.replaying: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    # --- in

    @rule(record=RECORDS, count=st.integers(min_value=1, max_value=3))
    def append(self, record: str, count: int) -> None:
        for _ in range(count):
            self._received(record)

    def _received(self, record: str) -> int:
        seq = self.story.receive(record)
        self.at[seq], self.record[seq] = "in_flight", record
        self.waiting.append(seq)
        return seq

    @precondition(lambda self: self.waiting)
    @rule(verdict=st.sampled_from(list(Verdict)), count=st.integers(min_value=1, max_value=3))
    def decide(self, verdict: Verdict, count: int) -> None:
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        self.story.decide(batch, verdict)
        self._decided(batch, verdict)

    def _decided(self, batch: list[int], verdict: Verdict) -> None:
        stands = {"withhold": "withheld", "refuse": "refused", "quarantine": "quarantined", "hold": "held"}
        for seq in batch:
            self.at[seq] = stands.get(verdict.value, "in_flight")
            if verdict in {Verdict.SEND, Verdict.WRITE}:
                self.queued.add(seq)
            if verdict is Verdict.QUARANTINE:
                self.parked.add(seq)
            if verdict is Verdict.HOLD:
                self.open.add(seq)

    # --- out

    def _heads(self) -> dict[str, int]:
        heads: dict[str, int] = {}
        for seq in sorted(self.queued, key=lambda seq: (seq not in self.begun, seq)):
            heads.setdefault(self.record[seq], seq)
        return heads

    def _head(self, pick: int) -> int:
        heads = sorted(self._heads().values())
        return heads[pick % len(heads)]

    def _left(self, seq: int, where: str) -> None:
        self.queued.discard(seq)
        self.begun.discard(seq)
        self.at[seq] = where
        for proposed, written in list(self.writes.items()):
            if written == seq:
                del self.writes[proposed]
                self.at[proposed] = "held" if where == "quarantined" else where
                if where == "quarantined":
                    self.open.add(proposed)

    @precondition(lambda self: self.queued)
    @rule(pick=PICK, in_doubt=st.booleans())
    def begin(self, pick: int, in_doubt: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        seq = self._head(pick)
        self.story.do(lambda conn: outbox.started(conn, self.story.lease, *WHERE, [seq], 0.0))
        self.begun.add(seq)
        if not in_doubt:
            self.story.do(lambda conn: outbox.postponed(conn, self.story.lease, *WHERE, seq, 0.0, "busy"))
            self.begun.discard(seq)

    @precondition(lambda self: self.queued)
    @rule(pick=PICK)
    def deliver(self, pick: int) -> None:
        seq = self._head(pick)
        self.story.deliver({seq: "key"})
        self._left(seq, "delivered")

    @precondition(lambda self: self.queued)
    @rule(pick=PICK)
    def withhold(self, pick: int) -> None:
        seq = self._head(pick)
        self.story.do(lambda conn: outbox.withheld(conn, self.story.lease, *WHERE, seq, Reason.UNCHANGED))
        self._left(seq, "withheld")

    @precondition(lambda self: self.queued)
    @rule(pick=PICK)
    def refuse(self, pick: int) -> None:
        seq = self._head(pick)
        self.story.do(lambda conn: outbox.refused(conn, self.story.lease, *WHERE, seq, Reason.TARGET_REFUSED))
        self._left(seq, "refused")

    @precondition(lambda self: self.queued)
    @rule(pick=PICK)
    def park(self, pick: int) -> None:
        seq, story = self._head(pick), self.story
        story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, seq, Reason.RETRIES_EXHAUSTED))
        self._left(seq, "quarantined")
        self.parked.add(seq)

    # --- a person decides

    @precondition(lambda self: self.open and not self.waiting)
    @rule(pick=PICK)
    def validate(self, pick: int) -> None:
        proposed = sorted(self.open)[pick % len(self.open)]
        write = self._received(self.record[proposed])
        self.waiting.remove(write)
        self.story.decide([write], Verdict.WRITE)
        self._decided([write], Verdict.WRITE)
        assert self._say(proposed, ProposalState.VALIDATED, write)
        self.open.discard(proposed)
        self.writes[proposed] = write
        self.at[proposed] = "in_flight"

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def reject(self, pick: int) -> None:
        proposed = sorted(self.open)[pick % len(self.open)]
        assert self._say(proposed, ProposalState.REJECTED, None)
        assert not self._say(proposed, ProposalState.REJECTED, None)
        self.open.discard(proposed)
        self.at[proposed] = "withheld"

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def expire(self, pick: int) -> None:
        proposed = sorted(self.open)[pick % len(self.open)]
        late = {"id": f"p{proposed}"}
        self.story.do(lambda conn: conn.execute(text("UPDATE proposals SET deadline = 1 WHERE id = :id"), late))
        assert [one.seq for one in self.story.do(lambda conn: proposals.expire_due(conn, TENANT, LINK))] == [proposed]
        self.open.discard(proposed)
        self.at[proposed] = "withheld"

    def _say(self, proposed: int, state: ProposalState, write: int | None) -> bool:
        id_ = f"p{proposed}"
        return self.story.do(lambda conn: proposals.decide(conn, TENANT, LINK, id_, state, "ana", write_seq=write))

    @precondition(lambda self: self.parked)
    @rule(pick=PICK)
    def take_for_replay(self, pick: int) -> None:
        seq, keys = sorted(self.parked)[pick % len(self.parked)], self.story.keys
        self.story.do(lambda conn: quarantine.take_for_replay(conn, keys, TENANT, LINK, seq))
        self.parked.discard(seq)
        self.replaying.add(seq)
        self.at[seq] = "in_flight"

    @precondition(lambda self: self.replaying)
    @rule(pick=PICK, verdict=st.sampled_from([each for each in Verdict if each is not Verdict.HOLD]))
    def decide_again(self, pick: int, verdict: Verdict) -> None:
        seq = sorted(self.replaying)[pick % len(self.replaying)]
        self.story.decide([seq], verdict)
        self.replaying.discard(seq)
        self._decided([seq], verdict)

    @precondition(lambda self: self.parked)
    @rule(pick=PICK)
    def discard(self, pick: int) -> None:
        seq = sorted(self.parked)[pick % len(self.parked)]
        self.story.do(lambda conn: quarantine.discard(conn, TENANT, LINK, seq, by="ana", why="spam"))
        self.parked.discard(seq)

    # --- what must hold

    @invariant()
    def every_event_is_somewhere_once(self) -> None:
        if not hasattr(self, "at"):
            return
        balance = self.story.balance()
        assert balance.imbalance == 0
        counted = Counter(self.at.values())
        assert balance == Balance(len(self.at), *(counted[word] for word in Balance._fields[1:]))

    @invariant()
    def each_lane_shows_its_head(self) -> None:
        if hasattr(self, "at"):
            due = self.story.due()
            assert {one.lane: one.seq for one in due} == self._heads()
            assert len(due) == len(self._heads())
            assert {one.seq for one in due if one.in_doubt} == self.begun


def _empty(conn: Connection, table: str) -> None:
    conn.execute(text(f"DELETE FROM {table}"))


def _run(url: str, examples: int, steps: int) -> None:
    machine: Any = type("Link", (Link,), {"url": url})
    thorough = settings(max_examples=examples, stateful_step_count=steps, phases=(Phase.generate, Phase.shrink))
    run_state_machine_as_test(machine, settings=thorough)


def test_nothing_is_lost_or_counted_twice_on_sqlite(migrated_file: Path) -> None:
    with _folder() as folder:
        shutil.copyfile(migrated_file, folder / "ecluse.db")
        _run(f"sqlite:///{folder}/ecluse.db", 60, 40)


def test_nothing_is_lost_or_counted_twice_on_postgresql(postgres: Postgres, migrated_template: str) -> None:
    name = f"test_{uuid.uuid4().hex}"
    postgres.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, migrated_template))))
    _run(postgres.url(name), 6, 30)


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory where there is such a place: this test is about order, not about disks."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("lost", ["outbox", "proposals", "quarantine", "decisions"])
def test_the_balance_notices_a_lost_row(database: Database, lost: str) -> None:
    story = Story(database, Side.DIALER)
    for verdict in Verdict:
        story.decide([story.receive()], verdict)
    assert story.balance().imbalance == 0
    story.do(lambda conn: conn.execute(text(f"DELETE FROM {lost}")))
    assert story.balance().imbalance > 0
