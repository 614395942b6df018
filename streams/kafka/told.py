"""What a client says, in our words: librdkafka's sentences quote addresses, its codes do not."""

from confluent_kafka import KafkaError, KafkaException

from streams.kafka.faults import LogError, Refused, Unreachable

_REFUSING = frozenset({
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,  # noqa: SLF001 - librdkafka's own codes have no public name
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
})  # fmt: skip


def code_of(error: KafkaError) -> str:
    """A code of ours for one of librdkafka's: `_ALL_BROKERS_DOWN` is `all_brokers_down`."""
    return error.name().strip("_").lower()


def is_refusal(error: KafkaError) -> bool:
    """Whether the broker knows us and says no."""
    return error.code() in _REFUSING


def translated(error: KafkaException, topic: str = "") -> LogError:
    """The fault that stands for a client's. Raise it `from None`."""
    told: KafkaError = error.args[0]
    kind = Refused if is_refusal(told) else Unreachable
    return kind(code_of(told), topic)
