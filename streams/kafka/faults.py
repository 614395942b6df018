"""What can be wrong with a broker, told by codes and names of topics; librdkafka's sentences quote addresses.

LogError
├── Unfit         topics that would not keep what is entrusted to them: nothing was started
├── Unreachable   no broker answered in time: the same may succeed later
└── Refused       the broker knows us and says no: credentials or rights
"""

from confluent_kafka import KafkaError, KafkaException


class LogError(Exception):
    """Something about the log. `code` is stable snake_case; `topic` may be empty."""

    def __init__(self, code: str, topic: str = "") -> None:
        self.code = code
        self.topic = topic
        super().__init__(" ".join(part for part in (code, topic) if part))


class Unfit(LogError):
    """A topic that is weaker than what it is for."""


class Unreachable(LogError):
    """No answer."""


class Refused(LogError):
    """Not for us."""


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


def translated(error: KafkaException, topic: str = "") -> LogError:
    """The fault that stands for a client's. Raise it `from None`."""
    told: KafkaError = error.args[0]
    kind = Refused if told.code() in _REFUSING else Unreachable
    return kind(code_of(told), topic)
