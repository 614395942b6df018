"""JSON from outside: one reading only, and nothing in it can exhaust us."""

import json
import random

import pytest

from connectors import strict_json
from connectors.faults import Malformed

GOOD = {"id": "c-9", "données": [1, -2.5, True, None, "é \U0001f600"], "far": {"down": [[[]]]}}


def test_what_is_plain_json_is_read_as_it_is() -> None:
    assert strict_json.parse(json.dumps(GOOD).encode()) == GOOD
    assert strict_json.parse(json.dumps(GOOD, ensure_ascii=False, indent=1).encode()) == GOOD


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b" ", "not_json"),
        (b"{", "not_json"),
        (b"[1,]", "not_json"),
        (b"{}{}", "not_json"),
        (b"}", "not_json"),
        (b'"a', "not_json"),
        (b'"' * 1_001, "not_json"),
        (b'"' + b'\\"' * 500_000, "not_json"),
        (b"{'a':1}", "not_json"),
        (b"truth", "not_json"),
        (b'"\x01"', "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"\xff\xfe{\x00}\x00", "not_utf8"),
        (b'"\xc3"', "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b"NaN", "not_a_number"),
        (b"[-Infinity]", "not_a_number"),
        (b"1e999", "number_too_large"),
        (b"9" * 20, "number_too_large"),
        (b"-" + b"9" * 5_000, "number_too_large"),
        (b'"\\ud800"', "lone_surrogate"),
        (b'{"\\udc00":1}', "lone_surrogate"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"[" + b"1," * 5_000 + b"1]", "too_many_values"),
        (b"[],[]" * 100_000, "too_many_values"),
        (b'""' * 500_000, "not_json"),
        (json.dumps({"k" * 257: 1}).encode(), "key_too_long"),
        (json.dumps(["s" * 65_537]).encode(), "string_too_long"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_parsers_disagree_on_or_choke_on_is_refused_by_name(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        strict_json.parse(body)
    assert (refusal.value.code, refusal.value.fields, refusal.value.__cause__) == (code, (), None)


def test_the_limits_themselves_are_allowed() -> None:
    strict_json.parse(b"[" * 32 + b"]" * 32)
    strict_json.parse(json.dumps({"k" * 256: "s" * 65_536, "n": 2**63 - 1}).encode())
    assert len(strict_json.parse(b"[" + b"1," * 4_997 + b"1]")) == 4_998


def test_brackets_and_quotes_inside_text_count_for_nothing() -> None:
    text = '[[[{{{,,,"\\' * 2_000
    assert strict_json.parse(json.dumps({"comment": text}).encode()) == {"comment": text}


def test_mangled_bytes_are_read_or_refused_and_nothing_else() -> None:
    chance = random.Random(7)
    good = json.dumps(GOOD).encode()
    codes = set()
    for _ in range(20_000):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            strict_json.parse(bytes(raw))
        except Malformed as refusal:
            codes.add(refusal.code)
    assert codes <= {"not_json", "not_utf8", "duplicate_key", "lone_surrogate", "number_too_large"}
