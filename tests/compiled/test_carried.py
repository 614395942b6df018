"""A carrier's batch, carried whole by the compiled core: what comes out is what Python alone would have said."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import orjson
import pytest

from mapping.policy import Policy
from mapping.reasons import Reason
from mapping.words import Verdict
from store.core import Use
from store.database import Database
from store.keys import REMEMBER_SECONDS, Purpose
from streams.inbound import Inbound
from streams.kafka import stepwise, wire
from streams.kafka.deciding import Deciding
from streams.kafka.payload import bound, unpack, wrap
from streams.kafka.settings import Broker
from streams.kafka.stepwise import Out, Stepwise
from streams.link import Gear, Incident, Word
from streams.metrics import Metrics
from streams.outbound import Outbound
from streams.ruling import Ruling
from tests.compiled.strange import Strange
from tests.cores import needs_core
from tests.policies import EVENT, NOW, policy, with_values
from tests.policies import LINK as LINK_FILE

pytestmark = needs_core

LINK = "lien"
EVENTS_EACH = 60


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database.open(f"sqlite:///{tmp_path_factory.mktemp('carried') / 'ecluse.db'}", kek=bytes(range(32)))
    made.migrate()
    yield made
    made.close()


class Office:
    """Links in force, and both ways to carry what is said of them."""

    def __init__(self, database: Database, *, sealed: bool = True) -> None:
        self.database = database
        self.rulings: dict[str, Ruling] = {}
        self.outbounds: list[Outbound] = []
        self.incidents: list[Incident] = []
        self.now = NOW
        #: How many the core left to Python when both were last asked.
        self.left = 0
        self.broker = Broker("nowhere", partitions=7, sealed=sealed)
        gear = Gear(database, Metrics(), clock=lambda: self.now, report=self.incidents.append)
        self.compiled = Deciding(self.broker, self._ruling, gear)
        self.python = Stepwise(self.broker, gear)

    def _ruling(self, _: str, link: str) -> Ruling | None:
        return self.rulings.get(link)

    def _left(self) -> int:
        return sum(outbound.fell_back for outbound in self.outbounds)

    def rule(self, link: str, one: Policy, use: Use = Use.COMPILED) -> None:
        outbound = Outbound(one, use=use)
        self.outbounds.append(outbound)
        self.rulings[link] = Ruling(one, outbound, Inbound(one))

    def message(self, seq: int, event: bytes, tenant: str = "nord", link: str = LINK, key: str = "") -> bytes:
        sealer = self.database.keys.sealer(tenant, Purpose.EVENT)
        body = wrap(key or f"clé-{seq}", event)
        if self.broker.sealed:
            body = sealer.seal(body, bound(wire.EVENT, tenant, link, seq))
        return wire.message(wire.EVENT, tenant, link, seq, sealer.key_id, body)

    def packed(self, out: Out) -> tuple[int, wire.Carried, bytes]:
        carried = wire.read(wire.DECISION, out.value)
        body = carried.sealed
        if self.broker.sealed:
            aad = bound(wire.DECISION, carried.tenant, carried.link, carried.seq)
            body = self.database.keys.open(carried.tenant, carried.key_id, body, aad)
        return out.partition, carried._replace(sealed=b""), body

    def agree(self, messages: list[bytes | None]) -> list[tuple[int, wire.Carried, bytes]]:
        """What both ways say, byte for byte once it is opened."""
        before = self._left()
        compiled = [self.packed(out) for out in self.compiled.decided(messages)]
        self.left = self._left() - before
        python = [self.packed(out) for out in self.python.decided(messages, self._ruling, self.now) if out is not None]
        assert compiled == python
        return compiled


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.mark.parametrize("bodies", ["sealed", "in clear"])
def test_strange_events_of_many_strange_policies_come_out_alike(database: Database, bodies: str) -> None:
    office = Office(database, sealed=bodies == "sealed")
    messages: list[bytes | None] = []
    for seed in range(40):
        strange = Strange(seed)
        one = strange.policy()
        office.rule(f"lien-{seed}", one)
        events = [strange.event(one) for _ in range(EVENTS_EACH)]
        messages += [office.message(n, event, one.tenant, f"lien-{seed}") for n, event in enumerate(events, 1)]
    mixed = messages[::7] + [value for place, value in enumerate(messages) if place % 7]

    said = office.agree(mixed)

    assert len(said) == len(messages)
    assert 0 < office.left < len(messages) / 2
    assert len({unpack(body)[1].reason for _, _, body in said}) > 5


def test_what_the_core_carries_it_decides_itself(office: Office) -> None:
    office.rule(LINK, policy())
    said = office.agree([office.message(seq, with_values(EVENT, id=f"e{seq}")) for seq in range(1, 200)])

    assert [unpack(body)[0] for _, _, body in said] == [f"clé-{seq}" for seq in range(1, 200)]
    assert {unpack(body)[1].verdict for _, _, body in said} == {Verdict.SEND}
    assert office.left == 0


def test_each_link_s_decisions_stay_in_the_order_of_its_events(office: Office) -> None:
    """Some of them left to Python, others not."""
    for link in ("a", "b"):
        office.rule(link, policy())
    events = [with_values(EVENT, data__contact__phone=phone) for phone in ("0353012233", "+32 470 12 34 56")]
    messages: list[bytes | None] = [
        office.message(seq, events[seq % 3 == 0], link="ab"[seq % 2]) for seq in range(1, 100)
    ]

    said = office.agree(messages)

    assert [carried.seq for _, carried, _ in said] == list(range(1, 100))
    assert office.left == 33
    assert len({partition for partition, _, _ in said}) == 2


def test_what_was_altered_moved_or_is_none_of_ours_is_passed_over_and_told(office: Office) -> None:
    office.rule(LINK, policy())
    office.rule("autre", policy())
    good = office.message(1, with_values(EVENT))
    names = wire.head(wire.EVENT, "nord", LINK)
    moved = wire.head(wire.EVENT, "nord", "autre") + good[len(names) :]
    later = names + (2).to_bytes(8, "big") + good[len(names) + 8 :]
    decision = office.compiled.decided([good])[0].value
    strange: list[bytes | None] = [
        None, b"", b"{}", b"\x01", good[:-1], good[: len(names) + 16], good[: len(names) + 9], moved, later, decision,
        b"\x01\x02\xff\xfe\x01a" + bytes(40), bytes([1]) + decision[1:], good[:-1] + bytes([good[-1] ^ 1]),
        names + bytes(16) + good[len(names) + 16 :], wire.message(wire.EVENT, "inconnu", "x", 1, 1, bytes(60)),
        wire.message(wire.EVENT, "", "x", 1, 0, bytes(60)), wire.message(wire.EVENT, "nord", "", 1, 0, bytes(60)),
        wire.message(wire.EVENT, "a\0b", "x", 1, 1, bytes(60)), wire.message(wire.EVENT, "x", "\x7f", 1, 1, bytes(60)),
        wire.message(wire.EVENT, "nord", LINK, 1, 2**63, bytes(60)), names + b"\xff" * 16 + bytes(60),
        wire.message(wire.EVENT, "x" * 255, "é" * 127, 1, 1, bytes(60)),
    ]  # fmt: skip

    said = office.agree([*strange, good, *strange])

    assert [carried.seq for _, carried, _ in said] == [1]
    assert {incident.word for incident in office.incidents} == {Word.GARBLED_MESSAGE}
    assert office.database.keys.raw("inconnu", 1) is None


def test_an_event_that_did_not_open_where_it_was_published_is_quarantined_under_its_key(office: Office) -> None:
    office.rule(LINK, policy())
    ((_, _, body),) = office.agree([office.message(1, b"", key="perdue")])
    key, decision = unpack(body)
    assert (key, decision.verdict, decision.reason) == ("perdue", Verdict.QUARANTINE, Reason.UNDECIPHERABLE)


def test_a_link_that_nobody_knows_is_quarantined(office: Office) -> None:
    ((_, _, body),) = office.agree([office.message(1, with_values(EVENT), link="nulle-part")])
    assert unpack(body)[1].reason is Reason.UNKNOWN_LINK


def test_a_ruling_that_comes_into_force_decides_from_the_next_batch_on(office: Office) -> None:
    message = office.message(1, with_values(EVENT))
    for one in (policy(), policy(fields=LINK_FILE["fields"][:2]), policy()):
        office.rule(LINK, one)
        ((_, _, body),) = office.agree([message])
        assert unpack(body)[1].revision == one.revision


def test_a_link_decided_by_python_alone_goes_beside_one_that_is_not(office: Office) -> None:
    office.rule("lent", policy(), Use.ASKED)
    office.rule(LINK, policy())
    said = office.agree([office.message(seq, with_values(EVENT), link=("lent", LINK)[seq % 2]) for seq in range(1, 9)])
    assert len(said) == 8


def test_what_was_sealed_under_the_key_of_another_day_is_carried_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.rule(LINK, policy())
    with monkeypatch.context() as patch:
        patch.setattr("store.keys._today", lambda: 20_000)
        old = office.message(1, with_values(EVENT))
    said = office.agree([old, office.message(2, with_values(EVENT))])
    assert [carried.seq for _, carried, _ in said] == [1, 2]
    assert len({carried.key_id for _, carried, _ in said}) == 1
    assert office.left == 0


def test_the_keys_of_a_link_that_is_silent_are_forgotten(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them may have been dropped for good meanwhile, by another process."""
    office.rule(LINK, policy())
    office.agree([office.message(1, with_values(EVENT))])
    ways, keys = office.compiled._ways, office.database.keys
    assert ways._known
    assert keys._kept
    later = time.monotonic() + REMEMBER_SECONDS
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: later)
        office.compiled.idle()
    assert not ways._known
    assert not keys._kept


def test_a_key_that_is_dropped_or_for_a_new_day_is_heard_of_and_nothing_else_makes_a_way_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.kafka.ways.KEYS_SECONDS", 0.0)
    office.rule(LINK, policy())
    with monkeypatch.context() as patch:
        patch.setattr("store.keys._today", lambda: 20_000)
        old = office.message(1, with_values(EVENT))
        office.agree([old])
        (before,) = office.compiled._ways._known.values()
        with patch.context() as deaf:
            deaf.setattr(office.database.keys, "raw", None)
            office.compiled.decided([old])
    (same,) = office.compiled._ways._known.values()
    assert same.way is before.way
    assert same.until > before.until

    ((_, today, _),) = office.agree([old])
    assert today.key_id > same.sealing
    office.database.keys.shred(date(2100, 1, 1))
    assert office.agree([old]) == []


def test_links_of_one_pack_lie_beside_each_other_and_keep_their_own_perimeters(office: Office) -> None:
    """What was worked out for an event of one link serves the next event, which is another link's, where it may."""
    fields = ("account.industry", "opportunity.stage", "owner.team", "account.city")
    for number, field in enumerate(fields * 3):
        perimeter = {"model": "projects", "projects": {f"t{number}": {"where": {field: ["retail", "nord", "Lille"]}}}}
        changes = {"fields": LINK_FILE["fields"][: 2 + number // 8]}
        office.rule(f"lien-{number}", policy(perimeter=perimeter, **changes), Use.COMPILED)
    drawn = Random(7)
    links = [f"lien-{drawn.randrange(12)}" for _ in range(3_000)]
    # Nearly all of one shape: what is remembered of it goes from link to link.
    raws = [with_values(EVENT, data__account__city=city) for city in ("Lille", "Lyon")] * 50
    raws += [with_values(EVENT, data__account__city=...), orjson.dumps({**EVENT, "data": {"contact": {"id": "42"}}})]
    messages: list[bytes | None] = [
        office.message(seq, drawn.choice(raws), link=link) for seq, link in enumerate(links, 1)
    ]

    said = office.agree(messages)

    assert [(carried.link, carried.seq) for _, carried, _ in said] == list(zip(links, range(1, 3_001), strict=True))
    assert {unpack(body)[1].verdict for _, _, body in said} == {Verdict.SEND, Verdict.WITHHOLD}
    assert office.left == 0


def test_a_decision_that_is_too_heavy_is_quarantined(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepwise, "MOST_BYTES", 300)
    monkeypatch.setattr("streams.kafka.ways.MOST_BYTES", 300)
    office.rule(LINK, policy())
    ((_, _, body),) = office.agree([office.message(1, with_values(EVENT))])
    assert unpack(body)[1].reason is Reason.DECISION_FAILED


def test_a_campaign_that_is_over_is_closed_from_the_day_after_on(office: Office) -> None:
    projects = {"t4": {"where": {}, "ends": "2026-11-22"}}
    office.rule(LINK, policy(perimeter={"model": "projects", "projects": projects}))
    message = office.message(1, with_values(EVENT))
    ((_, _, today),) = office.agree([message])
    office.now += timedelta(days=1)
    ((_, _, tomorrow),) = office.agree([message])
    assert [unpack(body)[1].reason for body in (today, tomorrow)] == [Reason.CLEARED, Reason.CAMPAIGN_CLOSED]


def test_the_core_names_what_it_needs_and_shows_no_key() -> None:
    import ecluse_compiled  # noqa: PLC0415 - it may be missing

    plan = Outbound(policy(), use=Use.COMPILED).plan
    assert plan is not None
    for keys, sealing in (([(1, bytes(31))], 1), ([(1, bytes(range(100, 132)))], 2)):
        with pytest.raises(ValueError, match="key") as raised:
            ecluse_compiled.Way(plan, ("a", "b"), 0, 100, keys, sealing)
        assert "d" * 3 not in str(raised.value)
    batch = ecluse_compiled.Batch([b"x"])
    with pytest.raises(ValueError, match="nonce"):
        batch.carry([], b"", 1)
