"""Where a consumer stands: its position behind what it read."""

from collections.abc import Sequence

from confluent_kafka import Message, TopicPartition


def behind(topic: str, messages: Sequence[Message]) -> list[TopicPartition]:
    """The position after messages of one topic, in the order in which they were read, for each of their partitions."""
    last = {message.partition(): message.offset() for message in messages}
    return [TopicPartition(topic, partition or 0, (offset or 0) + 1) for partition, offset in last.items()]
