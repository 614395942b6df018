"""The watch on the register: a revision made live anywhere comes into force in every process, without a restart.

The register in the database is the truth, and it is asked again and again; nothing is pushed. A
revision that this process cannot run (it does not compile here, or it names other systems than those
that the link was started with) leaves the one before it in force, and says so.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from store import register
from store.register import Live
from streams.counted import RolloutResult
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.ruling import Ruling

#: So that a digest is a whole number for Prometheus, whose figures are doubles.
_DIGEST_BYTES = 6


class Obstacle(StrEnum):
    """Why a revision of the register is not in force in this process."""

    #: Its text is not accepted by this version of Écluse.
    DOES_NOT_COMPILE = "does_not_compile"
    #: This version of Écluse understands the text otherwise than the one that made it live.
    ANOTHER_MEANING = "another_meaning"
    #: Its text is about another link or tenant.
    ANOTHER_LINK = "another_link"
    #: It names another connector or connection: those are opened when a process starts.
    RESTART_NEEDED = "restart_needed"


class Unfit(Exception):
    """A revision that cannot come into force here."""

    def __init__(self, obstacle: Obstacle) -> None:
        self.obstacle = obstacle
        super().__init__(obstacle.value)


class Rollout:
    """Call `turn` often: it costs one query that answers with one figure, until that figure changes."""

    def __init__(
        self, links: Mapping[str, LinkRuntime], gear: Gear, changed: Callable[[str], None] = lambda _: None
    ) -> None:
        self._links = {(link.tenant, link.name): link for link in links.values()}
        self._gear = gear
        #: Told of a link that another revision came into force for.
        self._changed = changed
        self._turning = asyncio.Lock()
        self._size = -1
        #: Revisions that were tried and are not in force: not tried again.
        self.unfit: dict[str, tuple[int, Obstacle]] = {}
        self._told()

    async def turn(self) -> int:
        """Put in force what is new in the register; for how many links. Raises StoreError."""
        if self._gear.read is None:
            return 0
        async with self._turning:
            size, fresh = await asyncio.to_thread(self._fresh)
            put = 0
            for link, live in fresh:
                put += await self._follow(link, live)
            self._size = size
            self._gear.metrics.register_read.set(self._gear.clock().timestamp())
            return put

    def _fresh(self) -> tuple[int, list[tuple[LinkRuntime, Live]]]:
        """How large the register is, and the live revisions of it that were not looked at yet."""
        found = []
        with self._gear.database.read() as conn:
            size = register.size(conn)
            if size == self._size:
                return size, []
            newest = register.numbers(conn)
            for name, link in self._links.items():
                known = self.unfit.get(link.name, (0, None))[0]
                if newest.get(name, 0) > max(link.ruling.number, known):
                    live = register.revision(conn, *name)
                    if live is not None:
                        found.append((link, live))
        return size, found

    async def _follow(self, link: LinkRuntime, live: Live) -> bool:
        try:
            ruling = await asyncio.to_thread(self._read, link, live)
        except Unfit as unfit:
            self.unfit[link.name] = live.number, unfit.obstacle
            failed = unfit.obstacle in (Obstacle.DOES_NOT_COMPILE, Obstacle.ANOTHER_MEANING)
            self._gear.metrics.rollouts[RolloutResult.FAILED if failed else RolloutResult.REFUSED].inc()
            self._gear.report(Incident(Word.REVISION_NOT_IN_FORCE, link.name, live.revision, unfit.obstacle.value))
            return False
        self.unfit.pop(link.name, None)
        link.ruling = ruling
        self._gear.metrics.rollouts[RolloutResult.APPLIED].inc()
        self._gear.metrics.rollout_seen.set(self._gear.clock().timestamp())
        self._gear.report(Incident(Word.REVISION_IN_FORCE, link.name, live.revision))
        self._told()
        self._changed(link.name)
        return True

    def _read(self, link: LinkRuntime, live: Live) -> Ruling:
        assert self._gear.read is not None  # noqa: S101 - for the type checker: `turn` looked
        try:
            ruling = self._gear.read(link, live)
        except Unfit:
            raise
        except Exception:  # noqa: BLE001 - whatever a text does to the reader, the link goes on under what is in force
            raise Unfit(Obstacle.DOES_NOT_COMPILE) from None
        before, policy = link.ruling.policy.source, ruling.policy
        if (policy.tenant, policy.link) != (link.tenant, link.name):
            raise Unfit(Obstacle.ANOTHER_LINK)
        if policy.revision != live.revision:
            raise Unfit(Obstacle.ANOTHER_MEANING)
        if (policy.source.crm, policy.source.dialer) != (before.crm, before.dialer):
            raise Unfit(Obstacle.RESTART_NEEDED)
        return ruling

    def _told(self) -> None:
        """The gauges: how many links run what the register says, and a figure to compare with other processes."""
        rulings = [link.ruling for link in self._links.values() if link.ruling.number]
        words = sorted(f"{one.policy.tenant}/{one.policy.link}/{one.number}/{one.revision}" for one in rulings)
        digest = hashlib.blake2b("\n".join(words).encode(), digest_size=_DIGEST_BYTES).digest()
        self._gear.metrics.policies.set(len(rulings))
        self._gear.metrics.policies_digest.set(int.from_bytes(digest))
