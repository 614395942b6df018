"""Standard Webhooks: what is signed is believed, and nothing else is, and nothing raises."""

import base64
import random

import pytest

from connectors import signatures
from connectors.signatures import Forged, Genuine, Why

NOW = 1_763_633_472
KEY = bytes(range(32))
OLD_KEY = bytes(range(32, 64))
BODY = '{"id":"c-9","type":"phoning.call.ended","data":{"comment":"à rappeler"}}'.encode()


def signed(body: bytes = BODY, *, at: int = NOW, keys: tuple[bytes, ...] = (KEY,)) -> dict[str, str]:
    return signatures.headers(keys, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", at, body)


def test_the_published_vector_of_standard_webhooks_is_reproduced() -> None:
    key = signatures.secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    given = signatures.sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_was_signed_about_now_is_genuine() -> None:
    assert signatures.verify([KEY], signed(), BODY, NOW) == Genuine("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", NOW)


@pytest.mark.parametrize("skew", [-300, -299, 0, 299, 300])
def test_a_clock_off_by_five_minutes_is_borne_both_ways(skew: int) -> None:
    assert isinstance(signatures.verify([KEY], signed(), BODY, NOW + skew), Genuine)


@pytest.mark.parametrize("skew", [-86_400, -301, 301, 86_400])
def test_a_signature_too_old_or_from_the_future_is_stale(skew: int) -> None:
    assert signatures.verify([KEY], signed(), BODY, NOW + skew) == Forged(Why.STALE_TIMESTAMP)


def test_a_stranger_does_not_learn_that_a_clock_is_off() -> None:
    assert signatures.verify([KEY], signed(keys=(OLD_KEY,)), BODY, NOW + 9_999) == Forged(Why.BAD_SIGNATURE)


def test_during_a_rotation_either_secret_signs_and_either_opens() -> None:
    assert isinstance(signatures.verify([OLD_KEY, KEY], signed(), BODY, NOW), Genuine)
    assert isinstance(signatures.verify([OLD_KEY], signed(keys=(KEY, OLD_KEY)), BODY, NOW), Genuine)


def test_a_retired_secret_opens_nothing() -> None:
    assert signatures.verify([KEY], signed(keys=(OLD_KEY,)), BODY, NOW) == Forged(Why.BAD_SIGNATURE)
    assert signatures.verify([], signed(), BODY, NOW) == Forged(Why.BAD_SIGNATURE)


def test_the_timestamp_and_the_id_are_covered_by_the_signature() -> None:
    for name, other in ((signatures.TIMESTAMP, str(NOW + 1)), (signatures.ID, "msg_other")):
        assert signatures.verify([KEY], {**signed(), name: other}, BODY, NOW) == Forged(Why.BAD_SIGNATURE)


@pytest.mark.parametrize("bad", ["", " ", "v1", "v1,", "v2,x", "v1,é", "v1,\x00", "v1, " * 40, "v1a,x"])
def test_garbage_in_the_signature_is_a_refusal(bad: str) -> None:
    assert signatures.verify([KEY], {**signed(), signatures.SIGNATURE: bad}, BODY, NOW) == Forged(Why.BAD_SIGNATURE)


@pytest.mark.parametrize("bad", ["", "-1", "1e9", "९९", "NaN", "1" * 5_000, "0" + str(NOW), str(NOW) + ".0", " 1"])
def test_garbage_in_the_timestamp_is_a_refusal(bad: str) -> None:
    assert signatures.verify([KEY], {**signed(), signatures.TIMESTAMP: bad}, BODY, NOW) == Forged(Why.BAD_SIGNATURE)


@pytest.mark.parametrize("bad", ["", "a.b", "é", "x" * 257, "a b", "\n"])
def test_garbage_in_the_id_is_a_refusal(bad: str) -> None:
    assert signatures.verify([KEY], {**signed(), signatures.ID: bad}, BODY, NOW) == Forged(Why.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_é",
        "whsec_!!",
        "abc",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_secret_of_the_wrong_form_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        signatures.secret(text)
    assert text.removeprefix("whsec_") == "" or text not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_secrets_of_24_to_64_bytes_are_read() -> None:
    for length in (24, 32, 64):
        assert len(signatures.secret("whsec_" + base64.b64encode(bytes(length)).decode())) == length


def _mutated(chance: random.Random) -> tuple[dict[str, str], bytes]:
    """A delivery with one or more of its four parts changed, and surely not what was signed."""
    headers, body = signed(), BODY
    while (headers, body) == (signed(), BODY):
        for _ in range(chance.randint(1, 3)):
            part = chance.choice([*headers, "body"]) if headers else "body"
            if part == "body":
                body = _shaken(chance, body)
            elif chance.random() < 0.1:
                del headers[part]
            else:
                headers[part] = _shaken(chance, headers[part].encode("latin-1")).decode("latin-1")
    return headers, body


def _shaken(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    match chance.randrange(4):
        case 0:
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        case 1:
            return raw[:at]
        case 2:
            return raw[:at] + chance.randbytes(chance.randint(1, 8)) + raw[at:]
        case _:
            return raw[at:] + raw[:at]


def test_a_hundred_thousand_mutations_are_all_refused_and_none_raises() -> None:
    chance = random.Random(20_261_122)
    for _ in range(100_000):
        headers, body = _mutated(chance)
        assert isinstance(signatures.verify([KEY, OLD_KEY], headers, body, NOW), Forged)
