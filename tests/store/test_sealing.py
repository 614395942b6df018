"""Sealing in batches: the plain way and the compiled one open each other's, and nothing opens elsewhere."""

import os

import pytest

from store import sealing
from store.sealing import NONCE_BYTES, Open, Seal

KEY, OTHER = bytes(range(32)), bytes(32)
PLAINS = [b"", b"a", os.urandom(1100), "héron".encode() * 300]
AADS = [b"nord|l|event|1", b"", b"x", "é".encode()]

compiled = pytest.mark.skipif(sealing._core is None, reason="the compiled core is not installed")
WAYS = [
    pytest.param((sealing.plainly_sealed, sealing.plainly_opened), id="plain"),
    pytest.param((sealing._seal, sealing._open), id="compiled", marks=compiled),
    pytest.param((sealing.plainly_sealed, sealing._open), id="plain to compiled", marks=compiled),
    pytest.param((sealing._seal, sealing.plainly_opened), id="compiled to plain", marks=compiled),
]


def nonces(count: int) -> bytes:
    return os.urandom(NONCE_BYTES * count)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_sealed_opens_in_order(way: tuple[Seal, Open]) -> None:
    seal, open_ = way
    drawn = nonces(len(PLAINS))
    sealed = seal(KEY, drawn, PLAINS, AADS)
    assert sealed == sealing.plainly_sealed(KEY, drawn, PLAINS, AADS)
    assert open_(KEY, sealed, AADS) == PLAINS
    assert seal(KEY, b"", [], []) == []
    assert open_(KEY, [], []) == []


@pytest.mark.parametrize("way", WAYS)
def test_what_was_altered_moved_or_cut_is_none_and_the_others_open(way: tuple[Seal, Open]) -> None:
    seal, open_ = way
    plains = [b"one", b"two", b"three", b"four", b"five"]
    aads = [b"1", b"2", b"3", b"4", b"5"]
    sealed = seal(KEY, nonces(5), plains, aads)
    turned = bytes([sealed[0][0] ^ 1]) + sealed[0][1:]
    damaged = [turned, sealed[1], sealed[3], b"short", b""]
    assert open_(KEY, damaged, aads) == [None, b"two", None, None, None]
    assert open_(OTHER, sealed, aads) == [None] * 5


def test_no_two_are_sealed_alike() -> None:
    assert len(set(sealing.seal_all(KEY, [b"same"] * 50, [b""] * 50))) == 50
