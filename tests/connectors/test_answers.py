"""What is read out of an answer: strict JSON, and how long the other side asks to be left alone."""

import pytest

from connectors.answers import json_of, retry_after
from connectors.faults import Malformed
from connectors.port import Answer


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1}x', b"\xff", b'"\\ud800"'])
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="not_json"):
        json_of(Answer(200, {}, body))


def test_depth_is_malformed_rather_than_a_crash() -> None:
    with pytest.raises(Malformed, match="not_json"):
        json_of(Answer(200, {}, b"[" * 100_000))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999", 86_400.0),
        ("9" * 400, 86_400.0),
        ("Sun, 22 Nov 2026 10:01:30 GMT", 90.0),
        ("Sunday, 22-Nov-26 10:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2099 09:00:00 GMT", 86_400.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_read_in_both_its_forms(said: str, seconds: float) -> None:
    assert retry_after({"retry-after": said, "date": "Sun, 22 Nov 2026 10:00:00 GMT"}) == seconds


def test_a_date_without_a_date_beside_it_is_measured_by_our_clock() -> None:
    assert retry_after({"retry-after": "Sun, 22 Nov 2099 09:00:00 GMT", "date": "?"}) == 86_400.0
    assert retry_after({"retry-after": "Mon, 01 Jan 2001 09:00:00 GMT"}) == 0.0
