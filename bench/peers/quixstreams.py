"""Quix Streams around the projection. Its own at-least-once and loop; librdkafka told to batch and to read ahead."""

import sys

from quixstreams import Application

from bench.peers.projection import project

PRODUCER = {
    "linger.ms": 20,
    "batch.num.messages": 10_000,
    "batch.size": 1_000_000,
    "queue.buffering.max.messages": 500_000,
}
CONSUMER = {"fetch.min.bytes": 65_536, "fetch.wait.max.ms": 20, "queued.min.messages": 100_000}


def main(brokers: str, source: str, target: str, group: str) -> None:
    app = Application(
        broker_address=brokers,
        consumer_group=group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="WARNING",
        producer_extra_config=PRODUCER,
        consumer_extra_config=CONSUMER,
    )
    incoming = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
    outgoing = app.topic(target, value_serializer="bytes", key_serializer="bytes")
    # The key stays the record's: Quix passes it on by itself.
    app.dataframe(incoming).apply(lambda raw: project(raw)[1]).to_topic(outgoing)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:5])
