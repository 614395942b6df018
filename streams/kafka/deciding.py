"""A batch of sealed events decided, and sealed again as decisions: what a carrier does between two reads."""

import os
from collections.abc import Callable, Sequence
from functools import cache, partial

from store.sealing import NONCE_BYTES
from streams import compiled
from streams.kafka.settings import Broker
from streams.kafka.stepwise import Out, Rulings, Stepwise
from streams.kafka.ways import Ways
from streams.link import Gear

#: Without a call of Python for each.
_OUT: Callable[[tuple[int, bytes | None]], Out] = partial(tuple.__new__, Out)


class Deciding:
    """Decides under the rulings, and at the time, of when a batch begins. Raises StoreError without the keys.

    The compiled core takes a batch from sealed bytes to sealed bytes; what it leaves, and all where there is none,
    is done step by step.
    """

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._rulings = rulings
        self._gear = gear
        self._ways = Ways(broker, gear)
        self._stepwise = Stepwise(broker, gear)

    def idle(self) -> None:
        """To be called now and then, whether or not there is anything to decide."""
        self._ways.forget()

    def decided(self, values: Sequence[bytes | None]) -> list[Out]:
        """One decision for each message that is ours, each link's in the order of its log."""
        rulings, now = cache(self._rulings), self._gear.clock()
        batch = compiled.batch(values)
        if batch is None:
            return [one for one in self._stepwise.decided(values, rulings, now) if one is not None]
        ways = self._ways.of(rulings, batch.links)
        sealed, partitions = batch.carry(ways, os.urandom(NONCE_BYTES * len(values)), now.date().toordinal())
        if None not in sealed:
            return list(map(_OUT, zip(partitions, sealed, strict=True)))
        left = [value for value, done in zip(values, sealed, strict=True) if done is None]
        again = iter(self._stepwise.decided(left, rulings, now))
        whole = [
            next(again) if value is None else Out(partition, value)
            for partition, value in zip(partitions, sealed, strict=True)
        ]
        return [one for one in whole if one is not None]
