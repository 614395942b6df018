"""Écluse's own worker in the bench: the carrier, as a Kafka worker runs it, on topics of sealed events.

Run as a program it is one such worker: `python -m bench.kafka_ecluse …` decides until it is told to end.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bench.kafka_contenders import READ_SECONDS, expected, same_number
from bench.kafka_load import Form, Load
from bench.kafka_run import Failed, Start
from bench.kafka_topics import PARTITIONS, Topics
from bench.peers.mark import mark
from bench.sample import policy, tenant_of
from store.database import Database
from streams.inbound import Inbound
from streams.kafka import wire
from streams.kafka.carrier import Carrier
from streams.kafka.payload import bound, unpack
from streams.kafka.settings import CARRIERS, Broker
from streams.link import Gear
from streams.metrics import Metrics
from streams.outbound import Outbound
from streams.rhythm import keep_pace
from streams.ruling import Ruling

KEK = bytes(range(32))


@dataclass(frozen=True)
class Ecluse:
    """Both gates, every decision kept, exactly once, sealed in and out; or all of that in clear."""

    form: Form = Form.SEALED
    name: str = "ecluse"
    guarantee: str = "exactly once"
    grouped: bool = True

    def commands(self, start: Start) -> Sequence[Sequence[str]]:
        told = {
            "bootstrap": start.bootstrap,
            "source": start.source,
            "prefix": start.target.rpartition(".")[0],
            "database": start.database,
            "tenants": start.tenants,
            "sealed": self.form is Form.SEALED,
        }
        run = [sys.executable, "-m", "bench.kafka_ecluse"]
        return [[*run, json.dumps({**told, "worker": f"worker-{number}"})] for number in range(start.workers)]

    def environment(self, _: Start) -> Mapping[str, str]:
        return {}

    def target(self, run: str) -> str:
        return f"{run}.decisions"

    def group(self, run: str) -> str:
        return f"{run}.{CARRIERS}"

    def done(self, topics: Topics, start: Start) -> int:
        return sum(topics.ends(start.target).values())

    def number(self, message: Any) -> int:
        return wire.read(wire.DECISION, message.value()).seq - 1

    def check(self, topics: Topics, start: Start, load: Load, database: Database) -> None:
        right = {key: orjson.loads(body) for key, body in expected(load).items()}
        seen, count = set(), 0
        for message in topics.read(start.target, READ_SECONDS):
            count += 1
            carried = wire.read(wire.DECISION, message.value())
            seen.add(carried.seq)
            wanted = right.get(f"contact/{carried.seq - 1}".encode())
            if wanted is not None and self._sent(carried, database) != wanted:
                raise Failed("a record came out wrong")
        same_number(load.records, count, len(seen))

    def _sent(self, carried: wire.Carried, database: Database) -> dict[str, Any] | None:
        body = carried.sealed
        if self.form is Form.SEALED:
            aad = bound(wire.DECISION, carried.tenant, carried.link, carried.seq)
            body = database.keys.open(carried.tenant, carried.key_id, body, aad)
        command = unpack(body)[1].command
        return None if command is None else {name: command.body[name] for name in ("campaign", "fields", "dial")}


@dataclass(frozen=True, slots=True)
class BenchBroker(Broker):
    """All runs read the same topic, and each writes its own."""

    source: str = ""

    @property
    def events(self) -> str:
        return self.source


def work(told: Mapping[str, Any]) -> None:
    """One worker, until SIGTERM."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    database = Database.open(told["database"], kek=KEK)
    links = {tenant_of(number, told["tenants"]) for number in range(told["tenants"])}
    broker = BenchBroker(
        told["bootstrap"],
        prefix=told["prefix"],
        worker=told["worker"],
        partitions=PARTITIONS,
        replication=1,
        development=True,
        sealed=told["sealed"],
        source=told["source"],
    )
    carrier = Carrier(broker, _Rulings(links), Gear(database, Metrics()))
    keep_pace()
    carrier.start()
    over.wait()
    carrier.stop(10.0)
    database.close()


class _Rulings:
    """What is in force for each link; writes down when it is asked for the first time."""

    def __init__(self, links: set[str]) -> None:
        self._rulings = {link: _ruling(link) for link in links}
        self._marked = "BENCH_MARK" not in os.environ

    def __call__(self, _: str, link: str) -> Ruling | None:
        if not self._marked:
            self._marked = True
            mark()
        return self._rulings.get(link)


def _ruling(link: str) -> Ruling:
    compiled = policy(link)
    return Ruling(compiled, Outbound(compiled), Inbound(compiled))


if __name__ == "__main__":
    work(json.loads(sys.argv[1]))
