"""What goes over the broker, in bytes: a clear head that routes, and a sealed body.

    event      1 | tenant | link | seq | key_id | sealed id and whole event
    decision   2 | tenant | link | seq | key_id | sealed id, decision and command

The head names the tenant, the link and a place in their log: no record, and no value. A body opens only
as what it was sealed as (`streams/kafka/payload.py`): that of one kind, at one place of one link.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

EVENT, DECISION = 1, 2
_NUMBERS = struct.Struct(">QQ")
KEY_BYTES = 8
#: What a database takes for a number.
MOST_NUMBER = 2**63 - 1


class Garbled(ValueError):
    """Bytes that are none of ours. They say nothing but that."""


class Carried(NamedTuple):
    """A message, its head read."""

    tenant: str
    link: str
    seq: int
    key_id: int
    sealed: bytes


@lru_cache(maxsize=4_096)
def head(kind: int, tenant: str, link: str) -> bytes:
    """The part of a head that all messages of a link share."""
    names = [name.encode() for name in (tenant, link)]
    return bytes([kind]) + b"".join(bytes([len(name)]) + name for name in names)


def message(kind: int, tenant: str, link: str, seq: int, key_id: int, sealed: bytes) -> bytes:
    return head(kind, tenant, link) + _NUMBERS.pack(seq, key_id) + sealed


def heads(kind: int, tenant: str, link: str) -> Callable[[int, int], bytes]:
    """The heads of many messages of one link, by seq and key."""
    shared, pack = head(kind, tenant, link), _NUMBERS.pack
    return lambda seq, key_id: shared + pack(seq, key_id)


def read(kind: int, value: bytes | None) -> Carried:
    """A message of this kind. Raises Garbled."""
    try:
        carried = _read(kind, value or b"")
    except (IndexError, struct.error, UnicodeDecodeError):
        carried = None
    if carried is None:
        raise Garbled("not_a_message_of_ours")
    return carried


def _read(kind: int, value: bytes) -> Carried | None:
    if value[0] != kind:
        return None
    tenant, link, at = _names(value)
    seq, key_id = _NUMBERS.unpack_from(value, at)
    # What no database would take for a name or a number must not get as far as one.
    if not (_is_name(tenant) and _is_name(link)) or max(seq, key_id) > MOST_NUMBER:
        return None
    return Carried(tenant, link, seq, key_id, value[at + _NUMBERS.size :])


def _names(value: bytes) -> tuple[str, str, int]:
    """Tenant, link, and where their names end. Raises IndexError or UnicodeDecodeError where there are none."""
    first = 2 + value[1]
    end = first + 1 + value[first]
    tenant, link = _decoded(value[2:first]), _decoded(value[first + 1 : end])
    return tenant, link, end


@lru_cache(maxsize=4_096)
def _is_name(name: str) -> bool:
    return bool(name) and not any(character < " " or character == "\x7f" for character in name)


@lru_cache(maxsize=4_096)
def _decoded(name: bytes) -> str:
    return name.decode()


def record_key(secret: bytes, record: str) -> bytes:
    """What orders a record's events: the same for each of them, and no name of it.

    `secret`: the link's own, of 16 to 64 bytes. Without it nobody can try ids until one fits.
    """
    return hashlib.blake2b(record.encode(), digest_size=KEY_BYTES, key=secret).digest()


def partition_of(key: bytes, partitions: int) -> int:
    """Ours, not a client's: librdkafka, Java and Faust each have another default."""
    return int.from_bytes(key, "big") % partitions


@lru_cache(maxsize=65_536)
def partition_of_link(tenant: str, link: str, partitions: int) -> int:
    """Where the decisions of a link go: whoever reads that partition works for the link."""
    return zlib.crc32(f"{tenant}|{link}".encode()) % partitions
