"""Whoever translates is told every sentence that a reading may say."""

from mapping.findings import TERMS
from mapping.messages import messages
from mapping.reader import read_link
from tests.mapping.files import cases


def test_every_sentence_that_is_said_is_known_to_translators() -> None:
    known = {message for message, _ in messages()}
    asked: set[str] = set()

    def say(message: str) -> str:
        asked.add(message)
        return message

    for case in cases():
        for finding in read_link(case.text, "nord").findings:
            assert finding.message(say)
            assert all(note.text(say) for note in finding.notes)

    assert asked <= known
    assert len(asked) > len(known) * 3 // 4


def test_words_that_fill_a_sentence_are_translated_too() -> None:
    finding = read_link("[]", "nord").findings[0]

    assert TERMS & finding.args.keys() == {"wanted"}
    assert finding.message(lambda text: text.upper() if text == finding.args["wanted"] else text).startswith("A LINK")
