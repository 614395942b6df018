"""A link whose events go to a broker and whose decisions come back, with a test in the broker's place."""

from mapping.reasons import Reason
from mapping.words import Object, Side, Verdict
from store import positions
from store.keys import Keyring
from store.leases import Lease
from streams.decider import undecided
from streams.failpoints import INERT, Failpoints
from streams.kafka import wire
from streams.kafka.keep import Keep, Row
from streams.kafka.payload import bound, unwrap
from streams.kafka.relay import Relay
from streams.kafka.settings import Broker
from tests.streams.world import LINK, TENANT, World


class Outbox:
    """Takes what is published, as much as it has room for."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.room = 1_000
        self.seqs: list[int] = []
        self.values: list[bytes] = []
        self.keys: dict[int, str] = {}
        self.events: dict[int, bytes] = {}

    def publish(self, partition: int, key: bytes, value: bytes) -> None:
        if not self.room:
            raise BufferError
        self.room -= 1
        carried = wire.read(wire.EVENT, value)
        self.seqs.append(carried.seq)
        self.values.append(key + value)
        body = self.keyring.open(TENANT, carried.key_id, carried.sealed, bound(wire.EVENT, TENANT, LINK, carried.seq))
        self.keys[carried.seq], self.events[carried.seq] = unwrap(body)

    def hurry(self) -> None:
        pass


class Office:
    """A link with ten events in its log, the relay that publishes them, and what keeps their decisions."""

    def __init__(self, world: World, share: int = 100, failpoints: Failpoints = INERT) -> None:
        self.world = world
        self.outbox = Outbox(world.database.keys)
        self.link = world.link()
        gear = world.gear(failpoints)
        # So many that each record has one for itself.
        self.relay = Relay(self.link, gear, Broker("nowhere", partitions=10_007, share=share), self.outbox)
        self.keep = Keep(self.link, gear, self.relay)
        self.runtime = world.runtime(holder="office")

    async def log(self) -> "Office":
        self.world.prospects(10)
        assert await self.runtime.pull(LINK) == 10
        return self

    async def edit(self, contact: str) -> None:
        self.world.crm.change(Object.CONTACT, contact, name="Zoé")
        assert await self.runtime.pull(LINK) == 1

    @property
    def lease(self) -> Lease:
        found: Lease = self.runtime.workers[LINK].lease
        return found

    async def turn(self) -> int:
        return (await self.relay.turn(self.lease))[0]

    async def kept(self, *seqs: int, key: str = "") -> None:
        decision = undecided(self.link.ruling.revision, Reason.NOTHING_CLEARED)._replace(verdict=Verdict.WITHHOLD)
        rows = [Row(seq, key or self.outbox.keys.get(seq, ""), decision) for seq in seqs]
        await self.keep.rows(rows, self.lease)

    def undecided(self) -> int:
        return self.world.balance(Side.CRM).in_flight

    def position(self) -> int:
        with self.world.database.read() as conn:
            return positions.read(conn, TENANT, LINK, Side.CRM)
