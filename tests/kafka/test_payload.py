"""A decision reads back as it was made."""

import pytest

from mapping.decisions import Command, Decision
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.kafka.payload import pack, unpack, unwrap, wrap

BODY = {"campaign": "t4", "fields": {"nom": "Hélène", "effectif": 20, "vide": None}, "views": {}, "dial": True}
SENT = Decision(
    "e-1", Verdict.SEND, Reason.CLEARED, "abc123abc123", "teleoperator", ("/contact/phone",), ("/contact/email",),
    ("/opportunity/margin",), Command(CommandKind.UPSERT_PROSPECT, "contact/1", BODY), "contact/1",
)  # fmt: skip
WITHHELD = Decision(
    "e-2", Verdict.WITHHOLD, Reason.OUTSIDE_PERIMETER, "abc123abc123", "", (), (), ("/a~1b/c",), None, "contact/2"
)


@pytest.mark.parametrize("decision", [SENT, WITHHELD], ids=["with a command", "without"])
def test_a_decision_reads_back_as_it_was(decision: Decision) -> None:
    assert unpack(pack(decision.event, decision)) == (decision.event, decision)


def test_a_decision_of_what_could_not_be_read_takes_the_name_that_the_log_knows() -> None:
    nameless = WITHHELD._replace(event="", verdict=Verdict.QUARANTINE, reason=Reason.UNDECIPHERABLE, record="")
    key, decision = unpack(pack("e-9", nameless))
    assert (key, decision.event) == ("e-9", "e-9")


def test_an_event_is_named_by_the_log_even_where_it_calls_itself_otherwise() -> None:
    assert unpack(pack("log-1", SENT))[1].event == "log-1"


@pytest.mark.parametrize("told", [b"", b"{}", b"null", b"[]", b'["e"]', b'["e",1,2,3,4,5,6,7]', b'"text of twelve!"'])
def test_what_another_version_may_say_is_no_decision(told: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(told)


@pytest.mark.parametrize("key", ["", "contact/42:7", "é" * 200])
def test_an_event_travels_with_its_key(key: str) -> None:
    assert unwrap(wrap(key, b"{}")) == (key, b"{}")


@pytest.mark.parametrize("told", [b"", b"\0", b"\0\x02\xff\xfe"])
def test_what_is_no_event_with_its_key_is_said_to_be_none(told: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unwrap(told)
