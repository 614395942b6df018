"""The keeper: one revision is in force for a link, its owner's, whoever decided and under what."""

from collections.abc import Sequence

from mapping.decisions import Command, Decision
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from store import decisions
from store.events import MAX_BODY_BYTES
from streams.decider import undecided
from streams.kafka.keep import Row
from streams.kafka.runtime import KafkaRuntime
from streams.kafka.settings import Broker
from streams.kafka.wire import Carried
from tests.streams.kafka.office import Office
from tests.streams.world import LINK, TENANT, World


def kept(world: World, number: int) -> Decision:
    with world.database.read() as conn:
        (newest, *_) = decisions.of_record(conn, TENANT, LINK, f"contact/{number}", 1)
    return newest.decision


async def test_what_a_worker_that_is_behind_decided_is_decided_again(sqlite_world: World) -> None:
    """It withheld what the revision in force sends; the sweep for that revision may have passed it by already."""
    office = await Office(sqlite_world).log()
    await office.turn()
    behind = undecided("an-older-one", Reason.OUTSIDE_PERIMETER)._replace(verdict=Verdict.WITHHOLD, record="contact/0")
    await office.keep.rows([Row(1, office.outbox.keys[1], behind)], office.lease)
    decision = kept(sqlite_world, 0)
    assert decision.revision == office.link.ruling.revision
    assert (decision.verdict, decision.reason) == (Verdict.SEND, Reason.CLEARED)
    assert sqlite_world.imbalance() == 0


async def test_what_a_worker_that_does_not_know_the_link_says_counts_for_nothing(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    await office.keep.rows([Row(1, office.outbox.keys[1], undecided("", Reason.UNKNOWN_LINK))], office.lease)
    assert kept(sqlite_world, 0).verdict is Verdict.SEND


async def test_what_was_decided_under_the_revision_in_force_is_kept_as_it_is(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    abreast = undecided(office.link.ruling.revision, Reason.OUTSIDE_PERIMETER)
    abreast = abreast._replace(verdict=Verdict.WITHHOLD, record="contact/0")
    await office.keep.rows([Row(1, office.outbox.keys[1], abreast)], office.lease)
    assert kept(sqlite_world, 0).reason is Reason.OUTSIDE_PERIMETER


async def test_a_lease_that_is_lost_while_decisions_are_opened_stops_no_other_link(sqlite_world: World) -> None:
    """A keeper that fails puts all its links down; what is kept under a lease that is over is fenced by the store."""
    runtime = KafkaRuntime([sqlite_world.link()], sqlite_world.gear(), Broker("nowhere", partitions=3))
    worker = runtime.workers[LINK]
    await worker.hold()
    keep = runtime._keeps[LINK]
    opened = keep.opened

    def losing(carried: Sequence[Carried]) -> list[Row]:
        worker.lost()
        return opened(carried)

    keep.opened = losing  # type: ignore[method-assign]
    await runtime.keep_decided(TENANT, LINK, [])
    assert worker.lease is None


async def test_what_comes_for_a_link_without_a_lease_is_passed_over(sqlite_world: World) -> None:
    """Whoever takes the lease publishes it again; a link that nobody may run here must not hold up all others."""
    runtime = KafkaRuntime([sqlite_world.link()], sqlite_world.gear(), Broker("nowhere", partitions=3))
    await runtime.keep_decided(TENANT, LINK, [Carried(TENANT, LINK, 1, 1, b"what no key opens")])
    assert runtime.workers[LINK].lease is None


async def test_one_decision_that_the_store_will_not_have_is_the_only_one_not_kept(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    said = undecided(office.link.ruling.revision, Reason.OUTSIDE_PERIMETER)._replace(verdict=Verdict.WITHHOLD)
    rows = [Row(seq, office.outbox.keys[seq], said) for seq in range(1, 11)]
    huge = Command(CommandKind.UPSERT_PROSPECT, "contact/4", {"note": "a" * MAX_BODY_BYTES})
    rows[4] = rows[4]._replace(decision=said._replace(verdict=Verdict.SEND, command=huge))
    await office.keep.rows(rows, office.lease)
    assert kept(sqlite_world, 4).reason is Reason.DECISION_FAILED
    assert {kept(sqlite_world, number).reason for number in (*range(4), *range(5, 10))} == {Reason.OUTSIDE_PERIMETER}
    assert office.position() == 10
    assert sqlite_world.imbalance() == 0
