"""A decision reads back as it was made."""

import pytest

from mapping.decisions import Command, Decision
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.kafka.payload import pack, unpack

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
