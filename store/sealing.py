"""AES-256-GCM over whole batches: nonce, ciphertext and tag in one. The only place that seals and opens.

The compiled core does the same without holding the interpreter, where it is installed and ECLUSE_PURE does not
forbid it; a test holds the two together.
"""

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12

Seal = Callable[[bytes, bytes, Sequence[bytes], Sequence[bytes]], list[bytes]]
Open = Callable[[bytes, Sequence[bytes], Sequence[bytes]], list[bytes | None]]


def plainly_sealed(key: bytes, nonces: bytes, plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """Each of `plains` under its own nonce, bound to its `aad`. `nonces`: all of them in a row."""
    encrypt, sealed, at = AESGCM(key).encrypt, [], 0
    for plain, aad in zip(plains, aads, strict=True):
        nonce = nonces[at : at + NONCE_BYTES]
        sealed.append(nonce + encrypt(nonce, plain, aad))
        at += NONCE_BYTES
    return sealed


def plainly_opened(key: bytes, sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes | None]:
    """What was sealed; None for what was altered, moved, or sealed under another key."""
    decrypt = AESGCM(key).decrypt
    opened: list[bytes | None] = []
    for body, aad in zip(sealed, aads, strict=True):
        try:
            opened.append(decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], aad))
        except (InvalidTag, ValueError):
            opened.append(None)
    return opened


def _compiled() -> Any:
    if os.environ.get("ECLUSE_PURE", "") not in {"", "0"}:
        return None
    try:
        return import_module("ecluse_compiled")
    except ImportError:
        return None


_core: Final = _compiled()
_seal: Final[Seal] = getattr(_core, "seal_many", plainly_sealed)
_open: Final[Open] = getattr(_core, "open_many", plainly_opened)


def seal_all(key: bytes, plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """Each under a random nonce of its own."""
    return _seal(key, os.urandom(NONCE_BYTES * len(plains)), plains, aads)


def open_all(key: bytes, sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes | None]:
    """The plaintexts, in order; None for each that does not open."""
    return _open(key, sealed, aads)
