"""AES-256-GCM over whole batches: nonce, ciphertext and tag in one. The only place that seals and opens.

The compiled core does the same without holding the interpreter, where one is in force (`store/core.py`);
a test holds the two together.
"""

import os
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store import core

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


_, _core = core.found()
_seal: Final[Seal] = getattr(_core, "seal_many", plainly_sealed)
_open: Final[Open] = getattr(_core, "open_many", plainly_opened)


def seal_all(key: bytes, plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """Each under a random nonce of its own."""
    return _seal(key, os.urandom(NONCE_BYTES * len(plains)), plains, aads)


def open_all(key: bytes, sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes | None]:
    """The plaintexts, in order; None for each that does not open."""
    return _open(key, sealed, aads)
