"""Events on their way to the broker, sealed again: on disk they are sealed to their ids, which name records."""

from collections.abc import Sequence
from typing import NamedTuple

from store.events import LoggedEvent
from store.keys import Keyring, Purpose
from streams.kafka import wire
from streams.kafka.payload import bound, wrap


class Ready(NamedTuple):
    """An event as it will be published."""

    seq: int
    #: Its id at its source, which is in `value`, sealed.
    key: str
    partition: int
    #: The message's key, and the message.
    digest: bytes
    value: bytes


def ready(keys: Keyring, tenant: str, link: str, partitions: int, events: Sequence[LoggedEvent]) -> list[Ready]:
    """Events of one link. One whose body did not open goes without it: the carrier says what is to be said of it."""
    if not events:
        return []
    secret = keys.mac(tenant, f"broker|{link}".encode())
    sealer = keys.sealer(tenant, Purpose.EVENT)
    head = wire.heads(wire.EVENT, tenant, link)
    bodies = sealer.seal_all(
        [wrap(event.key, b"" if event.unreadable else event.body) for event in events],
        [bound(wire.EVENT, tenant, link, event.seq) for event in events],
    )
    found = []
    for event, body in zip(events, bodies, strict=True):
        digest = wire.record_key(secret, event.record)
        partition = wire.partition_of(digest, partitions)
        found.append(Ready(event.seq, event.key, partition, digest, head(event.seq, sealer.key_id) + body))
    return found
