"""What the compiled core needs to carry a link's events: its plan and its keys, as they are at this moment."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from store.keys import Purpose, id_of_today
from streams import compiled
from streams.kafka import wire
from streams.kafka.settings import Broker
from streams.kafka.stepwise import MOST_BYTES, Rulings
from streams.link import Gear
from streams.outbound import Outbound
from streams.ruling import Ruling

if TYPE_CHECKING:
    from ecluse_compiled import Way

#: How soon the keyring is asked again: a key that it dropped, or made for a new day, is heard of so late at most.
KEYS_SECONDS = 1.0
#: What was not asked for so long is forgotten.
SILENT_SECONDS = 60.0

_Keys = tuple[tuple[int, bytes | None], ...]


class _Known(NamedTuple):
    """A way, and what it was made from."""

    ruling: Ruling
    sealing: int
    keys: _Keys
    ids: frozenset[int]
    #: Up to when nobody asks for its keys again, in seconds that only grow.
    until: float
    way: "Way | None"


class Ways:
    """One for each link, made anew when its ruling or one of its keys is another."""

    def __init__(self, broker: Broker, gear: Gear) -> None:
        self._broker = broker
        self._keys = gear.database.keys
        self._known: dict[tuple[str, str], _Known] = {}
        self._looked = time.monotonic()

    def forget(self) -> None:
        """Drop the keys of links that have been silent for a while. To be called now and then, also when idle."""
        now = time.monotonic()
        if now - self._looked < SILENT_SECONDS:
            return
        self._looked = now
        self._known = {link: known for link, known in self._known.items() if known.until > now - SILENT_SECONDS}
        self._keys.forget()

    def of(self, rulings: Rulings, links: Sequence[tuple[str, str, Sequence[int]]]) -> "list[Way | None]":
        """One for each link with the ids of the keys that its events are under.

        None where Python has to decide: there is no such link, or the core does not know all that it says.
        Raises StoreError.
        """
        now, today = time.monotonic(), id_of_today(Purpose.EVENT)
        found = [self._at_hand(rulings(tenant, link), tenant, link, ids, now, today) for tenant, link, ids in links]
        asked = [place for place, known in enumerate(found) if known is None]
        # A worker that has just started meets hundreds of tenants in its first batch.
        self._keys.fetch([(links[place][0], key_id) for place in asked for key_id in links[place][2]])
        for place in asked:
            tenant, link, ids = links[place]
            ruling = rulings(tenant, link)
            if ruling is not None:
                found[place] = self._known[tenant, link] = self._asked(ruling, tenant, link, ids, now)
        return [None if known is None else known.way for known in found]

    def _at_hand(
        self, ruling: Ruling | None, tenant: str, link: str, key_ids: Sequence[int], now: float, today: int
    ) -> _Known | None:
        known = self._known.get((tenant, link))
        if known is None or known.ruling is not ruling or not known.ids.issuperset(key_ids):
            return None
        if known.until > now:
            return known
        if known.sealing != today or not self._keys.holds(tenant, known.keys):
            return None
        known = self._known[tenant, link] = known._replace(until=now + KEYS_SECONDS)
        return known

    def _asked(self, ruling: Ruling, tenant: str, link: str, key_ids: Sequence[int], now: float) -> _Known:
        known = self._known.get((tenant, link))
        sealing, raw = self._keys.today(tenant, Purpose.EVENT), self._keys.raw
        ids = frozenset(key_ids) | {sealing}
        keys = tuple([(key_id, raw(tenant, key_id)) for key_id in sorted(ids)])
        if known is not None and known.ruling is ruling and (known.sealing, known.keys) == (sealing, keys):
            way = known.way
        else:
            way = self._made((tenant, link), ruling, keys, sealing)
        return _Known(ruling, sealing, keys, ids, now + KEYS_SECONDS, way)

    def _made(self, link: tuple[str, str], ruling: Ruling, keys: _Keys, sealing: int) -> "Way | None":
        plan = ruling.outbound.plan if isinstance(ruling.outbound, Outbound) else None
        given = [(key_id, raw) for key_id, raw in keys if raw is not None]
        if plan is None or sealing not in dict(given):
            return None
        partition = wire.partition_of_link(*link, self._broker.partitions)
        return compiled.way(plan, link, partition, MOST_BYTES, given if self._broker.sealed else None, sealing)
