"""One value from the CRM's form to the dialer's, or dropped."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping import transforms
from mapping.link import FieldMap
from mapping.transforms import DROPPED, e164, transform
from mapping.words import Shape


def made(shape: str, value: object, **more: object):
    return transform(FieldMap.model_validate({"from": "contact.x", "to": "x", "as": shape, **more}), "FR")(value)


@pytest.mark.parametrize(
    "written",
    [
        "01 76 36 06 95",
        "0033176360695",
        "33176360695",
        "+33 (0)1 76 36 06 95",
        "01.76.36.06.95",
        "+33176360695",
        "01-76-36-06-95",
    ],
)
def test_a_french_number_is_the_same_however_it_is_written(written):
    assert e164(written, "FR") == "+33176360695"


@given(st.from_regex(r"0[1-9]([ .-]?[0-9]{2}){4}", fullmatch=True))
def test_the_short_way_for_french_numbers_says_what_the_library_says(written):
    library = phonenumbers.format_number(phonenumbers.parse(written, "FR"), phonenumbers.PhoneNumberFormat.E164)

    assert e164(written, "FR") == library


def test_a_national_number_is_read_by_the_links_country():
    assert e164("022 345 67 89", "CH") == "+41223456789"


@pytest.mark.parametrize("written", ["", "abc", "12", "+999999999999999999", "appeler le standard"])
def test_what_is_no_number_is_dropped(written):
    assert e164(written, "FR") is DROPPED


def test_a_field_of_free_text_does_not_fill_memory_with_numbers():
    before = transforms._remembered.cache_info().currsize
    for at in range(50):
        e164(f"0353012233 ou demander au standard, poste {at}, entre 9 h et 12 h", "FR")

    assert transforms._remembered.cache_info().currsize == before


@pytest.mark.parametrize(
    ("shape", "value", "result"),
    [
        ("text", "x", "x"),
        ("text", "x" * 600, "x" * 500),
        ("text", 12, "12"),
        ("text", True, "true"),
        ("text", ["x"], DROPPED),
        ("email", "a@b.fr", "a@b.fr"),
        ("email", "a b@c", DROPPED),
        ("email", 3, DROPPED),
        ("integer", 3, 3),
        ("integer", 3.0, 3),
        ("integer", "1200", 1200),
        ("integer", "1 200", DROPPED),
        ("integer", 3.5, DROPPED),
        ("integer", True, DROPPED),
        ("decimal", 12.5, "12.5"),
        ("decimal", "1e3", "1000"),
        ("decimal", "NaN", DROPPED),
        ("decimal", "1e999999", DROPPED),
        ("boolean", True, True),
        ("boolean", "oui", DROPPED),
        ("date", "2026-11-22T10:00:00", "2026-11-22"),
        ("date", "22/11/2026", DROPPED),
        ("datetime", "2026-11-22T10:00:00+01:00", "2026-11-22T10:00:00+01:00"),
        ("datetime", "2026-11-22T10:00:00", DROPPED),
        ("datetime", "+33123456789", DROPPED),
    ],
)
def test_each_shape_takes_its_own_and_drops_the_rest(shape, value, result):
    made_of = made(shape, value)

    assert made_of is result if result is DROPPED else made_of == result


@pytest.mark.parametrize("shape", list(Shape))
def test_an_emptied_field_stays_emptied(shape):
    assert made(shape, None) is None


def test_a_value_table_lets_out_only_its_words():
    table = {"Prospecting": "a_appeler", "true": "oui", "3": "trois"}

    assert made("text", "Prospecting", values=table) == "a_appeler"
    assert made("text", value=True, values=table) == "oui"
    assert made("text", 3, values=table) == "trois"
    assert made("text", "Won", values=table) is DROPPED
    assert made("text", ["Prospecting"], values=table) is DROPPED
