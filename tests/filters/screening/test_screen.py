"""What screening makes of a text: sentence by sentence, in any dress, and in a time that ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.screening.kinds import Kind
from filters.screening.screen import LONGEST, MARK, screen
from filters.screening.sentences import sentences


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("OK pour jeudi. Remise de 15% accordée. Rappeler mardi.", "OK pour jeudi. […] Rappeler mardi."),
        ("Ok jeudi. Remise de 15%. Tel 06 39 98 12 34 ! Merci", "Ok jeudi. […] Merci"),
        ("Call Monday!\nWants ten percent off.\nAsk for Ann.", "Call Monday!\n[…]\nAsk for Ann."),
        ("marge", "[…]"),
        ("  marge \n marge \n ok", "  […] \n ok"),
        ("rappeler le 15 à 10h30. 20 salariés, 3e étage", "rappeler le 15 à 10h30. 20 salariés, 3e étage"),
        ("", ""),
    ],
)
def test_only_the_sentences_that_show_something_are_replaced(text, left):
    assert screen(text).text == left
    assert screen(text).marked == (text != left)


@pytest.mark.parametrize(
    "text",
    [
        "remise de quinze", "REMISE DE QUINZE", "re\u200bmise de quinze", "ｒｅｍｉｓｅ de 15", "m a r g e forte",
        "remsie de 15", "１５ ％ accordés", "vingt pour cent", "ten percent off", "prix plancher",
        "signe à quatre mille", "-15 si signé",
        "prix env. 45 par poste", "remise... 15 si ok", "١٥ ٪ de remise",
    ],
)  # fmt: skip
def test_no_dress_hides_a_price(text):
    assert screen(text).kinds == {Kind.PRICE}
    assert screen(text).text == MARK


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Remise ?\n15\nRappeler", "[…]\nRappeler"),
        ("On a parlé budget. 45 maxi. Rappeler lundi.", "On a parlé budget. […] Rappeler lundi."),
        ("Salle 45. Rappeler lundi.", "Salle 45. Rappeler lundi."),
    ],
)
def test_a_figure_belongs_to_what_the_sentence_before_it_spoke_of(text, left):
    assert screen(text).text == left


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tel 06 39 98 12 34", Kind.PERSONAL),
        ("06/12/10/11/12", Kind.PERSONAL),
        ("j.durand@exemple.fr", Kind.PERSONAL),
        ("FR76 3000 6000 0112 3456 7890 189", Kind.PERSONAL),
        ("QQ 12 34 56 C", Kind.PERSONAL),
        ("sécu 1 85 05 2A 006 084 36", Kind.PERSONAL),
        ("né le 12/03/1975", Kind.PERSONAL),
        ("habite 12 rue des Lilas", Kind.PERSONAL),
        ("a 2 enfants", Kind.PERSONAL),
        ("quel connnard", Kind.INSULT),
        ("f**k off", Kind.INSULT),
        ("malade depuis lundi", Kind.HEALTH),
        ("has cancer", Kind.HEALTH),
    ],
)
def test_each_kind_is_known(text, kind):
    assert kind in screen(text).kinds


@pytest.mark.parametrize(
    "text",
    [
        "marge de manœuvre sur le planning", "remise des clés en juin", "RDV au 12 rue de la Paix, siège de Lille",
        "fournit les hôpitaux", "a 2 enfants qui travaillent dans la boîte", "sick of cold calls", "devis envoyé le 12",
        "pros and cons", "entrepôt de 1200 m2", "rappeler @ 14h", "depuis 2010", "budget pas encore voté", "x" * 5000,
    ],
)  # fmt: skip
def test_what_only_resembles_goes_out(text):
    assert screen(text).text == text


def test_a_text_is_not_read_without_end():
    text = "Rappeler mardi. " * LONGEST

    left = screen(text)

    assert left.marked
    assert left.kinds == frozenset()
    assert left.text.endswith(f"Rappeler mardi. {MARK}")
    assert len(left.text) <= LONGEST + len(MARK)
    assert screen("x" * (LONGEST + 1)).text == MARK


HOSTILE = [
    "1 ", "a.", ".", "@", "a@", "@a.", "AA11 ", "zero ", "m ", "12/12/", "1.", "1,", "Remise. ", "remise ", "prix 1 ",
    "cent ", "mille ", "\u0301", "\ufdfa", "c*", "- ", "1(", "06 ", "né le ", "[…]", "a 2 ", " ", "\n", "et ", "\u202e",
    "\ud800", "12 rue ", "h", "1h", "é",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE, ids=lambda part: ascii(part).strip("'"))
def test_no_text_of_a_megabyte_takes_for_ever(part):
    whole = part * (1_000_000 // len(part) + 1)

    for text in (whole, whole[:LONGEST], f"a{whole}"[: LONGEST - 1] + "\n"):
        assert len(screen(text).text) <= LONGEST + len(MARK)


@given(st.text(alphabet=st.sampled_from("ab 1é%€@.!?\n:,;-[…]/*\u200b\u0301５"), max_size=60))
def test_sentences_together_are_the_text_and_no_sign_of_a_price_or_an_address_is_left(text):
    assert "".join(sentences(text)) == text
    assert not re.search(r"[%‰€$£¥]|\w@|@\w", screen(text).text)
