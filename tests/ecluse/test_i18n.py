"""Both languages, whole: every text that a reader may meet has its French, with the same places to fill."""

import string
from collections.abc import Iterator

import click
import pytest
from babel.messages.catalog import Message

from ecluse import catalogue, i18n
from ecluse.sentences import REASONS
from mapping.reasons import Reason


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """(English, French) of a message, its plural form too."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from zip(message.id, message.string or (), strict=True)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def french() -> dict[object, Message]:
    return {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id: message
        for message in catalogue.read("fr")
        if message.id
    }


def test_every_text_has_its_french(french: dict[object, Message]) -> None:
    missing = [text for text in catalogue.wanted() if text not in french or not any(french[text].string or ())]
    assert missing == []


def test_no_french_is_left_over_from_a_text_that_is_gone(french: dict[object, Message]) -> None:
    assert set(french) - set(catalogue.wanted()) == set()


def test_no_translation_is_a_guess(french: dict[object, Message]) -> None:
    assert [message.id for message in french.values() if message.fuzzy] == []


def test_a_translation_fills_the_same_places(french: dict[object, Message]) -> None:
    for message in french.values():
        for english, translated in texts(message):
            try:
                asked = places(english)
            except ValueError:  # a word with a brace in it, which is never filled
                continue
            assert places(translated) == asked, english


def test_no_text_is_translated_inside_an_f_string() -> None:
    """There the collector would not find it."""
    for path in catalogue.HERE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for mark in ("{_('", '{_("', "{N_('"):
            assert mark not in source.replace(f'("{mark}', ""), path.name


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_click_speaks_the_language_in_force(language: str) -> None:
    i18n.speak(language)
    said = click.MissingParameter(param=click.Argument(["link"])).format_message()
    assert said.startswith("Il manque l'argument" if language == "fr" else "Missing argument")
    for name in i18n.CLICK:
        module = __import__(f"click.{name}", fromlist=["x"])
        assert getattr(module, "_", i18n._) is i18n._, name


@pytest.mark.parametrize(
    ("arguments", "environment", "settings", "spoken"),
    [
        ([], {}, None, "fr"),
        ([], {"LANG": "C.UTF-8"}, None, "fr"),
        ([], {"LANG": "en_GB.UTF-8"}, None, "en"),
        ([], {"LC_ALL": "fr_FR.UTF-8", "LANG": "en_GB.UTF-8"}, None, "fr"),
        ([], {"LANG": "en_GB.UTF-8"}, "fr", "fr"),
        ([], {"ECLUSE_LANGUAGE": "en"}, "fr", "en"),
        (["--lang", "fr"], {"ECLUSE_LANGUAGE": "en"}, "en", "fr"),
        (["--lang=en", "check"], {}, None, "en"),
        (["check", "--", "--lang=en"], {}, None, "fr"),
    ],
)
def test_the_language_is_the_nearest_word_of_who_asks(
    arguments: list[str], environment: dict[str, str], settings: str | None, spoken: str
) -> None:
    assert i18n.preferred(arguments, environment, settings) == spoken


def test_figures_are_written_as_the_language_writes_them() -> None:
    i18n.speak("fr")
    assert i18n.number(12_480) == "12\N{NARROW NO-BREAK SPACE}480"
    assert i18n.number(0.5) == "0,5"
    i18n.speak("en")
    assert i18n.number(12_480) == "12,480"
