"""Pathway around the projection: its Kafka reader and writer in Rust, the projection as one of its functions."""

import sys

import pathway as pw

from bench.peers.projection import project


def main(brokers: str, source: str, target: str, group: str) -> None:
    consumer = {
        "bootstrap.servers": brokers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "fetch.wait.max.ms": "20",
        "queued.min.messages": "100000",
    }
    producer = {
        "bootstrap.servers": brokers,
        "linger.ms": "20",
        "batch.num.messages": "10000",
        "queue.buffering.max.messages": "1000000",
    }
    table = pw.io.kafka.read(consumer, topic=source, format="raw", autocommit_duration_ms=100)
    projected = table.select(key=table.key, value=pw.apply_with_type(lambda raw: project(raw)[1], bytes, table.data))
    pw.io.kafka.write(projected, producer, target, format="raw", key=projected.key, value=projected.value)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    main(*sys.argv[1:5])
