"""A batch of sealed events decided, and sealed again as decisions: what a carrier does between two reads."""

import os
from collections.abc import Sequence

from store.sealing import NONCE_BYTES
from streams import compiled
from streams.kafka.reference import Out, Reference, Rulings
from streams.kafka.settings import Broker
from streams.kafka.ways import Ways
from streams.link import Gear


class Deciding:
    """Decides under the rulings in force when a batch begins. Raises StoreError where the keys cannot be had.

    The compiled core takes a batch from sealed bytes to sealed bytes; what it leaves, and all where there is none,
    goes the way of `Reference`.
    """

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._gear = gear
        self._ways = Ways(broker, rulings, gear)
        self._reference = Reference(broker, rulings, gear)

    def decided(self, values: Sequence[bytes | None]) -> list[Out]:
        """One decision for each message that is ours, each link's in the order of its log."""
        batch = compiled.batch(values)
        if batch is None:
            return [one for one in self._reference.decided(values) if one is not None]
        ways = [self._ways.of(*link) for link in batch.links]
        day = self._gear.clock().date().toordinal()
        sealed, partitions = batch.carry(ways, os.urandom(NONCE_BYTES * len(values)), day)
        if None not in sealed:
            return list(map(Out, partitions, sealed))  # type: ignore[arg-type]
        left = [place for place, value in enumerate(sealed) if value is None]
        again = iter(self._reference.decided([values[place] for place in left]))
        whole = [
            next(again) if value is None else Out(partition, value)
            for partition, value in zip(partitions, sealed, strict=True)
        ]
        return [one for one in whole if one is not None]
