"""The bell: tells all workers to look at the register now. Heard or not, they look twice a second anyway."""

from confluent_kafka import KafkaException, Producer

from streams.kafka.settings import Broker

#: A bell that is not heard is no reason to keep somebody waiting.
PATIENCE_SECONDS = 2.0


def ring(broker: Broker) -> bool:
    """Whether the bell was rung. It says nothing but that."""
    try:
        producer = Producer(broker.producer(lambda _: None, **{"message.timeout.ms": round(PATIENCE_SECONDS * 1_000)}))
        producer.produce(broker.rollouts, b"")
        return producer.flush(PATIENCE_SECONDS) == 0
    except (KafkaException, BufferError):
        return False
