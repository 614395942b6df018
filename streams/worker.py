"""All that works for one link, under one lease: poller, deciders, deliverers, sweeps.

Each is a loop of its own (`streams.role`); only a lost lease ends them, for then another process has the link.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from sqlalchemy import Connection as SqlConnection

from mapping.words import Origin, Side
from store import leases, outbox
from store.errors import Fenced, StoreError
from store.leases import Lease
from store.stirring import LINK, Stir
from streams import appointments, sweeps
from streams.breaker import BreakerState
from streams.connection import Connection
from streams.decider import Decider
from streams.deliverer import Deliverer
from streams.health import Pulse
from streams.link import Endpoint, Gear, Incident, LinkRuntime, Word
from streams.poller import Poller
from streams.role import Role
from streams.ruling import Ruling
from streams.widening import Widening

#: A limiter that asks for more than this is not waited for when a runtime is drained.
DRAIN_PATIENCE_SECONDS = 5.0

#: The order in which a worker is drained.
STEP = ("dialer/deliver", "crm/poll", "crm/decide", "dialer/decide", "crm/deliver", "dialer/deliver", "widen")


class Decides(Protocol):
    """Who takes a link's events from the log on: here and now, or by way of a broker."""

    side: Side

    async def turn(self, lease: Lease) -> tuple[int, int]:
        """How many events moved, and how many commands are in the outbox for it. Raises Fenced, StoreError."""
        ...


class Worker:
    """One link's work. `hold` takes the lease, `run` works until told to stop, `step` works once round for `drain`."""

    def __init__(
        self,
        link: LinkRuntime,
        gear: Gear,
        connections: Mapping[str, Connection],
        holder: str,
        pulse: Pulse,
        deciders: Mapping[Side, Decides] | None = None,
    ) -> None:
        self.link = link
        self.lease: Lease | None = None
        self._gear = gear
        self._holder = holder
        self._pulse = pulse
        self._stopping = asyncio.Event()
        self._taking = asyncio.Lock()
        crm, dialer = connections[link.crm.connection], connections[link.dialer.connection]
        self.poller = Poller(link, gear, crm)
        deciders = {**{side: Decider(link, side, gear) for side in Side}, **(deciders or {})}
        targets = {Side.CRM: dialer, Side.DIALER: crm}
        self.deliverers = {
            side: Deliverer(link, side, gear, targets[side], partial(self._wake, f"{side.value}/deliver"))
            for side in Side
        }
        self.roles = {role.name: role for role in self._roles(deciders)}
        self.widening = Widening(link, gear)
        self.roles["widen"] = Role("widen", self._widen, lambda: self.widening.pause)
        #: Under which ruling what the dialer holds was last looked through.
        self._restated: Ruling | None = None

    def _roles(self, deciders: Mapping[Side, Decides]) -> list[Role]:
        rest = self._gear.pace.rest_seconds
        made = [
            Role("crm/poll", self._poll, lambda: max(self.poller.retry_in, 0.01), eager=False, may_take_long=True),
            Role("sweep", self._sweep, lambda: self._gear.pace.sweep_seconds, may_take_long=True),
        ]
        for side in Side:
            made.append(Role(f"{side.value}/decide", partial(self._decide, deciders[side]), lambda: rest))
            deliverer = self.deliverers[side]
            made.append(
                Role(f"{side.value}/deliver", partial(self._deliver, deliverer), partial(self._patience, deliverer))
            )
        return made

    async def hold(self) -> bool:
        """Take the lease, if it is free and our revision not outrun; what an earlier worker started is shown again."""
        async with self._taking:  # two who took it at once would each show the other's pushes again
            if self.lease is None:
                self._restated = None
                self.lease = await self._gear.database.writer.write(self._take)
                if self.lease is not None:
                    self._report(Word.LEASE_TAKEN)
            return self.lease is not None

    async def run(self) -> None:
        """Work under the lease until told to stop. Raises Fenced when the lease is lost."""
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew())
            loops = [group.create_task(self._loop(role)) for role in self.roles.values()]
            await self._stopping.wait()
            for role in self.roles.values():
                role.wake.set()
            for role, task in zip(self.roles.values(), loops, strict=True):
                if role.may_take_long:  # a page is kept whole or not at all, so they may stop anywhere
                    task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            for deliverer in self.deliverers.values():
                await deliverer.finish()
            renewing.cancel()

    def stop(self) -> None:
        """Ask the loops to end after their turn."""
        self._stopping.set()

    async def release(self) -> None:
        """Give the lease back, so that another need not wait for its end. The link may come back here later."""
        self._stopping = asyncio.Event()
        for deliverer in self.deliverers.values():
            deliverer.abandon()
        lease, self.lease = self.lease, None
        if lease is not None:
            await self._gear.database.writer.write(lambda conn: leases.release(conn, lease))

    def ruled(self) -> None:
        """Another revision is in force."""
        for name in ("sweep", "crm/poll"):
            self._wake(name)

    def lost(self) -> None:
        """Another process has the link: what left stays in doubt, and is that one's to settle."""
        self.lease = None
        for deliverer in self.deliverers.values():
            deliverer.abandon()

    async def pull(self, origin: Origin) -> int:
        """Read the CRM once, now."""
        async with self.roles["crm/poll"].lock:
            found = await self.poller.turn(self._held(), origin)
        if self.poller.fault is not None:
            raise self.poller.fault
        self._wake("crm/decide")
        return found

    def arrived(self) -> None:
        """The dialer told us something: wake who decides it."""
        self._wake("dialer/decide")

    def stirs(self, stir: Stir) -> None:
        """Something waits in the database: wake who sees to it."""
        if stir.events:
            self._wake(f"{stir.side.value}/decide")
        if stir.commands:
            self._wake(f"{stir.side.value}/deliver")

    def decided(self, side: Side) -> None:
        """There are commands for the other side of this one: wake who delivers them, and who reads on."""
        self._wake(f"{side.value}/deliver")
        self._wake(f"{side.value}/decide")

    async def step(self, *, poll: bool) -> int:
        """One turn of each role, and every push answered; how much moved."""
        moved = 0
        for name in STEP:
            if name == "crm/poll" and not poll:
                continue
            while turned := await self.roles[name].once():
                moved += turned
                for deliverer in self.deliverers.values():
                    await deliverer.finish()
                if name == "crm/poll":
                    break
        return moved

    def due_in(self) -> float | None:
        """Seconds until a limiter lets due commands go; None where nothing is due, or its target is left alone."""
        waits = []
        for side, deliverer in self.deliverers.items():
            now = self._gear.monotonic()
            wait = deliverer.connection.wait(now)
            if wait > DRAIN_PATIENCE_SECONDS:
                continue
            with self._gear.database.read() as conn:
                at = (self.link.tenant, self.link.name, side)
                if outbox.due(conn, self._gear.database.keys, *at, 1):
                    waits.append(max(wait, 0.01))
        return min(waits, default=None)

    async def _poll(self) -> int:
        found = await self.poller.turn(self._held())
        if found:
            self._wake("crm/decide")
        if self.poller.fault is not None:
            self._report(Word.POLL_FAILED, self.poller.connection.name, self.poller.fault.code)
        return found

    async def _decide(self, decider: Decides) -> int:
        decided, commands = await decider.turn(self._held())
        if commands:
            self._wake(f"{decider.side.value}/deliver")
        return decided

    async def _deliver(self, deliverer: Deliverer) -> int:
        return await deliverer.turn(self._held())

    async def _sweep(self) -> int:
        lease = self._held()
        await appointments.expire(self.link, self._gear, lease)
        logged = await sweeps.recall_closed_campaigns(self.link, self._gear, lease)
        ruling = self.link.ruling
        if self._restated is not ruling:
            logged += await sweeps.restate(self.link, self._gear, lease, ruling)
            self._restated = ruling
            self._wake("widen")
        for side, deliverer in self.deliverers.items():
            await self._mend(self.link.endpoint(Side.DIALER if side is Side.CRM else Side.CRM), deliverer.connection)
        if logged:
            self._wake("crm/decide")
        return 0

    async def _widen(self) -> int:
        if self._restated is not self.link.ruling:
            return 0  # what the dialer holds comes first
        logged = await self.widening.turn(self._held())
        if logged:
            self._wake("crm/decide")
        return logged

    async def _mend(self, endpoint: Endpoint, connection: Connection) -> None:
        """Ask a connection that needs a login whether it still does."""
        if connection.breaker.state is not BreakerState.NEEDS_LOGIN:
            return
        try:
            async with asyncio.timeout(self._gear.pace.push_seconds):
                findings = await endpoint.connector.access(endpoint.session)
        except Exception:  # noqa: BLE001 - whatever keeps the check from passing, the connection stays left alone
            return
        if all(finding.ok for finding in findings):
            connection.access_passed()
            self._report(Word.CONNECTION_BACK, connection.name)
            for role in self.roles.values():
                role.wake.set()

    def _patience(self, deliverer: Deliverer) -> float:
        wait = deliverer.connection.wait(self._gear.monotonic())
        return min(max(wait, 0.01), self._gear.pace.rest_seconds) if wait else self._gear.pace.rest_seconds

    async def _loop(self, role: Role) -> None:
        name = f"{self.link.name}/{role.name}"
        try:
            progress = self._pulse.stream(name, self._gear.monotonic())
            await role.keep_turning(self._stopping, progress, self._gear.monotonic, self._report)
        finally:
            self._pulse.over(name)  # another process may have the link now, and does the work

    async def _renew(self) -> None:
        pace, database = self._gear.pace, self._gear.database
        while True:
            await asyncio.sleep(pace.renew_seconds)
            held = self._held()
            try:
                self.lease = await database.writer.write(partial(leases.renew, lease=held, seconds=pace.lease_seconds))
            except Fenced:
                self._report(Word.LEASE_LOST)
                raise
            except StoreError as error:
                self._report(Word.DATABASE_UNAVAILABLE, "lease", error.code)

    def _take(self, conn: SqlConnection) -> Lease | None:
        link, seconds = self.link, self._gear.pace.lease_seconds
        if sweeps.reached(conn, link) > link.ruling.number:
            return None
        lease = leases.take(conn, link.tenant, f"{LINK}{link.name}", self._holder, seconds)
        if lease is not None:
            for side in Side:
                outbox.reclaim(conn, lease, link.tenant, link.name, side)
            self.widening.begin(conn, lease)
        return lease

    def _held(self) -> Lease:
        if self.lease is None:
            raise Fenced("lease_not_held")
        return self.lease

    def _wake(self, name: str) -> None:
        self.roles[name].wake.set()

    def _report(self, word: Word, where: str = "", code: str = "") -> None:
        self._gear.report(Incident(word, self.link.name, where, code))
