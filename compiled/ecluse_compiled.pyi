"""The compiled core. `streams/compiled.py` is the only place that calls it."""

from collections.abc import Mapping, Sequence
from typing import Any, final

from mapping.decisions import Decision

VERSION: str

@final
class Folding:
    """What characters fold to, as `filters.folding.table` says."""

    def __new__(cls, narrow: bytes, wide: Sequence[tuple[int, bytes, bool]]) -> Folding: ...

@final
class Plan:
    """A policy, ready to decide; several threads may use it at once. ValueError: it has something unknown here."""

    def __new__(cls, spec: Mapping[str, Any], folding: Folding, words: Mapping[str, Any]) -> Plan: ...
    def decide(self, batch: Sequence[Any], day: int) -> tuple[list[Decision | None], list[int]]:
        """A decision for each event, None where it is not certain; and the places of those."""

def seal_many(key: bytes, nonces: bytes, plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """Nonce, ciphertext and tag of each, AES-256-GCM; `nonces` holds 12 bytes for each, never to be used again."""

def open_many(key: bytes, sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes | None]:
    """Opens each; None where it was altered, moved, or sealed under another key."""
