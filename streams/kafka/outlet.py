"""What all relays of a worker publish through: one idempotent producer, in order, without gaps."""

from confluent_kafka import KafkaError, KafkaException, Producer

from streams.kafka.settings import Broker


class Outlet:
    """A message that cannot be delivered stops all that follow it: `broken` then says why, and nothing is passed over.

    Whoever publishes begins again at what was not kept, through an outlet of its own making.
    """

    def __init__(self, broker: Broker) -> None:
        self.broken: KafkaError | None = None
        self._topic = broker.events
        self._producer = Producer(
            broker.producer(
                self._failed,
                **{
                    "linger.ms": 5,
                    "batch.size": 1_000_000,
                    # Never given up: what comes later must not pass it.
                    "message.timeout.ms": 0,
                    "delivery.report.only.error": True,
                    "on_delivery": self._undelivered,
                },
            )
        )

    def publish(self, partition: int, key: bytes, value: bytes) -> None:
        """Raises BufferError where the broker does not keep up: publish the rest later."""
        try:
            self._producer.produce(self._topic, value, key, partition)
        except KafkaException as error:
            self._broke(error)
            raise BufferError from None

    def hurry(self) -> None:
        try:
            self._producer.poll(0)
        except (KafkaException, SystemError) as error:
            self._broke(error)

    def close(self, seconds: float) -> int:
        """Let what was published leave; how many messages were left behind. They are published again by the next."""
        try:
            left = self._producer.flush(seconds)
        except (KafkaException, SystemError) as error:
            self._broke(error)
            left = len(self._producer)
        if left:
            self._producer.purge()
        return left

    def _broke(self, error: KafkaException | SystemError) -> None:
        """What ends a producer is raised by whatever it is asked next, not told to `_failed`.

        Where a message's report was about to be called meanwhile, it is the cause of a SystemError.
        """
        told = error if isinstance(error, KafkaException) else error.__cause__
        if not isinstance(told, KafkaException):
            raise error
        self.broken = told.args[0]

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self.broken = error

    def _undelivered(self, error: KafkaError | None, _: object) -> None:
        if error is not None:
            self.broken = error
