"""The compiled core. Only `streams/compiled.py`, and `store/sealing.py` for the bodies, call it."""

from collections.abc import Mapping, Sequence
from typing import Any, final

from mapping.decisions import Decision

#: The crate's, and a digest of what it was built from.
VERSION: str

@final
class Folding:
    """What characters fold to, as `filters.folding.table` says."""

    def __new__(cls, narrow: bytes, wide: Sequence[tuple[int, bytes, bool]]) -> Folding: ...

@final
class Gates:
    """Both gates for all audiences of a policy; plans may share them. ValueError: they have something unknown here."""

    def __new__(cls, audiences: Sequence[Mapping[str, Any]]) -> Gates: ...

@final
class Plan:
    """A policy, ready to decide; several threads may use it at once."""

    def __new__(cls, spec: Mapping[str, Any], folding: Folding, words: Mapping[str, Any]) -> Plan: ...
    def decide(self, batch: Sequence[Any], day: int) -> tuple[list[Decision | None], list[int]]:
        """A decision for each event, None where it is not certain; and the places of those."""

@final
class Way:
    """The way of one link's events through a carrier, under one plan and the keys of the day."""

    def __new__(
        cls,
        plan: Plan,
        link: tuple[str, str],
        partition: int,
        most: int,
        keys: Sequence[tuple[int, bytes]] | None,
        sealing: int,
    ) -> Way:
        """`keys` by their ids, and `sealing` the id of the one to seal with. None: bodies come and go in clear.

        `most`: what a packed decision may weigh, in bytes. ValueError: no key of 32 bytes, or `sealing` names none.
        """

@final
class Batch:
    """Messages of the broker, each by its link."""

    def __new__(cls, values: Sequence[bytes | None]) -> Batch: ...
    @property
    def links(self) -> list[tuple[str, str, list[int]]]:
        """Tenant, link, and the ids of the keys that its events were sealed under."""

    def carry(self, ways: Sequence[Way | None], nonces: bytes, day: int) -> tuple[list[bytes | None], list[int]]:
        """A decision and its partition for each message; None and -1 where Python has to decide.

        `ways`: one for each link, or None. `nonces`: 12 bytes for each message, never to be used again.
        """

def seal_many(key: bytes, nonces: bytes, plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """Nonce, ciphertext and tag of each, AES-256-GCM; `nonces` holds 12 bytes for each, never to be used again."""

def open_many(key: bytes, sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes | None]:
    """Opens each; None where it was altered, moved, or sealed under another key."""
