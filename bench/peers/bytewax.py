"""Bytewax around the projection, a whole batch in one call. Without its recovery store, which would cost it speed."""

import os

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from bench.peers.projection import project

#: Its sink flushes after each batch: a large one makes that rare.
BATCH = 5_000
PRODUCER = {
    "linger.ms": "5",
    "batch.num.messages": "10000",
    "batch.size": "1000000",
    "queue.buffering.max.messages": "500000",
}
CONSUMER = {"fetch.min.bytes": "65536", "fetch.wait.max.ms": "20", "queued.min.messages": "100000"}


def _project_all(batch: list[KafkaSourceMessage]) -> list[KafkaSinkMessage]:
    return [KafkaSinkMessage(*project(message.value)) for message in batch]


def build() -> Dataflow:
    """The dataflow that `python -m bytewax.run` looks for, on what the environment names."""
    brokers = [os.environ["BENCH_BROKERS"]]
    flow = Dataflow("bench")
    source = KafkaSource(brokers, [os.environ["BENCH_SOURCE"]], add_config=CONSUMER, batch_size=BATCH)
    messages = op.input("in", flow, source)
    projected = op.flat_map_batch("project", messages, _project_all)
    op.output("out", projected, KafkaSink(brokers, os.environ["BENCH_TARGET"], add_config=PRODUCER))
    return flow
