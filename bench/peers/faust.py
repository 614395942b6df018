"""A plain Faust agent around the projection: its stream, buffers and producer, on uvloop, with its C extensions."""

import logging
import sys
from typing import Any

import faust
import uvloop

from bench.peers.projection import project


def build(brokers: str, source: str, target: str, group: str) -> faust.App:
    app = faust.App(
        group,
        broker=f"kafka://{brokers}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        stream_buffer_maxsize=16_384,
        broker_max_poll_records=5_000,
        broker_commit_every=100_000,
        producer_linger=0.02,
        producer_max_batch_size=1_000_000,
        worker_redirect_stdouts=False,
    )
    incoming = app.topic(source, value_type=bytes, value_serializer="raw", key_serializer="raw")
    outgoing = app.topic(target, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(incoming)
    async def project_each(stream: Any) -> None:
        async for raw in stream:
            key, body = project(raw)
            # Puts it into the producer's buffer, as Faust's guide has it; the acknowledgement is awaited by Faust.
            _ = await outgoing.send(key=key, value=body)

    return app


if __name__ == "__main__":
    uvloop.install()
    # Whatever level it is given, its clients make a log record for each message unless logging itself says no.
    logging.disable(logging.INFO)
    built = build(*sys.argv[1:5])
    built.finalize()
    faust.Worker(built, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()
