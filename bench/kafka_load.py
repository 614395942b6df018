"""The records that all are given: the same, as JSON for the peers and as Écluse's own door seals them for Écluse."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from bench.kafka_topics import PARTITIONS, Item, Topics
from bench.sample import EVENT_BYTES, events, tenant_of
from store.database import Database
from store.keys import Purpose, Sealer
from streams.kafka import wire
from streams.kafka.payload import bound, wrap

TEN_KILOBYTES = 10_240


class Form(StrEnum):
    """In which form a contender reads the records."""

    JSON = "json"
    SEALED = "sealed"
    UNSEALED = "unsealed"  # Écluse's own envelope with the body in clear: to print what sealing costs


class Load(NamedTuple):
    """So many records of this size, of so many tenants."""

    records: int
    size: int = EVENT_BYTES
    tenants: int = 1

    def topic(self, form: Form) -> str:
        return f"in-{form}-{self.records}-{self.size}-{self.tenants}"


def items(load: Load, form: Form, database: Database) -> Iterator[Item]:
    """The messages of a load. The partition is that of the record, for all forms alike."""
    ways: dict[str, tuple[bytes, Sealer]] = {}
    for number, body in enumerate(events(load.records, load.size, load.tenants)):
        tenant = tenant_of(number, load.tenants)
        if tenant not in ways:
            ways[tenant] = (database.keys.mac(tenant, b"bench"), database.keys.sealer(tenant, Purpose.EVENT))
        secret, sealer = ways[tenant]
        digest = wire.record_key(secret, f"contact/{number}")
        partition = wire.partition_of(digest, PARTITIONS)
        if form is Form.JSON:
            yield Item(partition, f"contact/{number}".encode(), body)
            continue
        text = wrap(f"e{number}", body)
        if form is Form.SEALED:
            text = sealer.seal(text, bound(wire.EVENT, tenant, tenant, number + 1))
        yield Item(partition, digest, wire.message(wire.EVENT, tenant, tenant, number + 1, sealer.key_id, text))


def laid(topics: Topics, load: Load, form: Form, database: Database) -> str:
    """The name of the topic that holds it, filled if this is the first to ask."""
    name = load.topic(form)
    if name not in topics.names():
        topics.make(name)
        topics.fill(name, items(load, form, database))
    return name
