"""FastStream (its confluent broker) around the projection: batches in, each result handed on without waiting for it.

Its type casting is off and its decoder hands over the bytes, so that nothing is parsed twice. Its default acknowledges
a batch before it is handled; nothing faster is on offer.
"""

import asyncio
import sys
from typing import Any

import uvloop
from faststream import FastStream
from faststream.confluent import KafkaBroker

from bench.peers.projection import project

BATCH = 5_000
CONFIG = {
    "linger.ms": 20,
    "batch.num.messages": 10_000,
    "batch.size": 1_000_000,
    "queue.buffering.max.messages": 500_000,
    "fetch.min.bytes": 65_536,
    "fetch.wait.max.ms": 20,
    "queued.min.messages": 100_000,
}


async def _as_it_came(message: Any) -> Any:
    return message.body


def build(brokers: str, source: str, target: str, group: str) -> FastStream:
    broker = KafkaBroker(brokers, config=CONFIG, decoder=_as_it_came, apply_types=False, logger=None)

    @broker.subscriber(source, group_id=group, batch=True, max_records=BATCH, auto_offset_reset="earliest")
    async def project_all(batch: list[bytes]) -> None:
        for key, body in map(project, batch):
            await broker.publish(body, target, key=key, no_confirm=True)

    return FastStream(broker, logger=None)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(build(*sys.argv[1:5]).run())
