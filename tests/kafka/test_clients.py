"""A carrier's clients, whatever librdkafka does to them."""

import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError

from streams.kafka.aside import Stuck
from streams.kafka.clients import Clients, Read
from streams.kafka.settings import Broker

pytestmark = pytest.mark.kafka


class Forgetful:
    """A producer that forgets the time it was given, and does nothing else as long as it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broker_went_away = threading.Event()

    def begin_transaction(self) -> None:
        self.asked.append("begin")

    def produce(self, *_: object) -> None:
        raise AssertionError("nothing was to be sent")

    def send_offsets_to_transaction(self, *_: object) -> None:
        self.asked.append("offsets")
        self.broker_went_away.wait()

    def abort_transaction(self, _: float) -> None:
        self.asked.append("abort")


@pytest.fixture
def producer() -> Iterator[Forgetful]:
    made = Forgetful()
    yield made
    made.broker_went_away.set()


def test_a_producer_that_does_not_come_back_is_given_up(producer: Forgetful) -> None:
    """Seen with librdkafka 2.16 after a restart of the broker: for minutes, until that broker went away again."""
    pair = Clients(Broker("localhost:1"), lambda *_: None, patience=0.1)
    pair.producer = producer  # type: ignore[assignment]
    pair.send("decisions", [], Read([], [], None))
    with pytest.raises(Stuck) as stuck:
        pair.settle()
    assert stuck.value.args[0].code() == KafkaError._TIMED_OUT
    assert not stuck.value.args[0].txn_requires_abort(), "or its carrier would ask it again"
    assert producer.asked == ["begin", "offsets"]
    pair.consumer.close()
