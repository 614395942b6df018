"""Two gates, neither trusting the other: gate 2 alone must still stop everything."""

import random
from typing import Any

import orjson
import pytest

from filters.contract import allowed_fields
from filters.egress import Egress
from filters.folding import fold, numbers_in
from filters.shape import shape_of
from filters.writegate import blocks
from mapping.decisions import Command
from mapping.link import FieldMap
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.outbound import Outbound
from tests.policies import EVENT, LINK, NOW, policy, with_values

RULES = policy()
EVERYONE = tuple(RULES.profiles)
NOTES, PRIORITY = EVENT["data"]["contact"]["notes"], EVENT["data"]["opportunity"]["priority"]


def blocked(fields: object, data: Any = None) -> str:
    held = EVENT["data"] if data is None else data
    return Egress(RULES, EVERYONE).blocks(fields, held, orjson.dumps(fields), shape_of(held))


def test_the_rightful_payload_passes():
    assert blocked({"prenom": "Hélène", "phone": "+33353012233", "company": "Ateliers Béranger"}) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"margin": 23.4},
        {"contact": {"notes": "x"}},
        {"prenom": ["Hélène"]},
        {"prenom": {"a": 1}},
        {"prenom": 12},
        {"prenom": True},
        {"phone": "appelez-moi"},
        {"phone": "03 53 01 22 33"},
        {"email": "pas une adresse"},
        {"status": "Prospecting"},
        {"company": "x" * 501},
        ["prenom"],
        "prenom",
    ],
)
def test_a_path_type_form_or_length_outside_the_list_is_stopped(fields):
    assert blocked(fields, {"contact": {"id": "42"}}) != ""


@pytest.mark.parametrize(
    "shown",
    [
        "48210.5", "48 210,50", "48\u202f210,50 €", "48.210,50", "48,210.50", "48210", "marge 23,4", "remise de 12,5 %",
        NOTES.upper(), NOTES.replace("é", "e"), PRIORITY.replace(" ", " - "),
        " ".join(NOTES),
    ],
)  # fmt: skip
def test_a_reserved_value_in_a_field_that_is_not_its_own_is_stopped(shown):
    assert blocked({"company": shown}) == "company"


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        ({"value": "marge confidentielle"}, "Marge confidentielle"),
        ([{"note": ["marge confidentielle"]}], "la marge confidentielle"),
        ([48210], "48 210"),
        ("Секретная маржа", "секретная  МАРЖА"),
        ("Εμπιστευτικό περιθώριο", "εμπιστευτικο περιθωριο"),
        ("秘密の利益率", "秘密の利益率"),
        ("œuvre secrète", "ŒUVRE SECRETE"),
        ("priorité absolue", "priorité\nabsolue"),
        ("d\né\nt\nr\nu\ni\nr\ne", "détruire"),
        (1e22, "10000000000000000000000"),
        (0.00001234, "0.00001234"),
    ],
)
def test_a_reserved_value_is_known_in_any_script_and_however_deep_it_lies(held, shown):
    data = {"contact": {"id": "42"}, "account": {"name": "Acme"}, "opportunity": {"margin": held}, "owner": {}}

    assert blocked({"company": shown}, data) == "company"


def test_a_text_in_another_script_that_holds_nothing_reserved_goes():
    data = {"account": {"name": "Москва – Ёлка"}, "opportunity": {"margin": "Секретная маржа", "amount": 48210}}

    assert blocked({"company": "Москва – Ёлка"}, data) == ""


def test_a_number_ten_times_its_source_is_not_its_source():
    line = FieldMap.model_validate({"from": "account.size", "to": "taille", "as": "decimal"})
    rules = policy(labels={**LINK["labels"], "account": {"size": "context"}}, fields=[line.model_dump(by_alias=True)])
    rule = allowed_fields(rules, tuple(rules.profiles))["taille"]

    assert rule.shows("48.50", 48.5)
    assert rule.shows("48", "48.0")
    assert not rule.shows("4800", "48")


@pytest.mark.parametrize("data", [{"": {"x": "1"}}, {"": 1}, {"a/b": {"c~d": 1}}, {"nul\0": ["x"]}])
def test_objects_of_any_name_are_looked_at(data):
    assert blocked({"company": "Acme"}, {"account": {"name": "Acme"}, **data}) == ""
    assert blocked({"company": "réservé"}, {"account": {"name": "Acme"}, **data, " ": {"x": "réservé"}}) == "company"


@pytest.mark.usefixtures("each_core")
def test_a_reserved_value_hidden_in_a_text_that_may_leave_is_stopped():
    raw = with_values(EVENT, data__contact__comment="Rappeler. Affaire à 48 210,50 € environ.")

    [decision] = Outbound(RULES).decide([raw], NOW)

    assert (decision.verdict, decision.reason) == (Verdict.QUARANTINE, Reason.EGRESS_BLOCKED)
    assert decision.command is None


@pytest.mark.usefixtures("each_core")
def test_a_field_that_holds_by_chance_what_a_reserved_one_holds_still_goes():
    raw = with_values(EVENT, data__account__name="Lille", data__opportunity__priority="Lille")

    [decision] = Outbound(RULES).decide([raw], NOW)

    assert decision.verdict is Verdict.SEND


def test_gate_2_alone_stops_everything_when_gate_1_is_the_identity():
    """100,000 seeded records: with the identity for gate 1, not one payload passes gate 2."""
    rng, gate, passed = random.Random(20261122), Egress(RULES, EVERYONE), 0
    pool = ["first_name", "phone", "email", "notes", "margin", "amount", "name", "priority", "x1", "discount", "id"]
    for _ in range(100_000):
        data = {
            item: {name: rng.choice((rng.randint(1000, 10**7), f"valeur {rng.random()}", None)) for name in
                   rng.sample(pool, rng.randint(1, 5))}
            for item in ("contact", "account", "opportunity")
        }  # fmt: skip
        for payload in (data, {name: value for held in data.values() for name, value in held.items()}):
            passed += gate.blocks(payload, data, orjson.dumps(payload), shape_of(data)) == ""
    assert passed == 0


def test_gate_1_moved_into_the_wrong_field_is_caught_for_every_reserved_field():
    escaped = []
    for item, name in (("opportunity", "amount"), ("opportunity", "margin"), ("opportunity", "priority"),
                       ("contact", "notes"), ("account", "discount")):  # fmt: skip
        value = str(EVENT["data"][item][name])
        escaped += [(name, to) for to in ("prenom", "contexte", "company") if not blocked({to: value})]
    assert escaped == []


def test_folding_sees_through_case_accents_width_and_punctuation():
    assert fold("É té-2027") == fold("ete 2027") == fold("Ｅｔｅ２０２７") == b"ete2027"


def test_numbers_are_read_as_people_write_them():
    assert {"48210", "4821050"} <= numbers_in("48 210,50 €")
    assert "48210" in numbers_in("48\u202f210")


def test_the_write_gate_lets_out_nothing_but_the_five_kinds():
    call = Command(CommandKind.LOG_CALL, "contact/42", {"result": "busy", "author": {"id": "a", "crm_user": ""}})
    assert blocks(call) == ""
    assert blocks(call._replace(kind=CommandKind.UPSERT_PROSPECT)) == "kind"
    assert blocks(call._replace(record="account/42")) == "record"
    assert blocks(call._replace(record="contact/42/../account/1")) == "record"
    assert blocks(call._replace(body={**call.body, "owner": "u9"})) == "owner"
    assert blocks(call._replace(body={**call.body, "label": {"name": "x"}})) == "label"
    assert blocks(call._replace(body={"author": {"id": "a", "role": "admin"}})) == "author"
    booking = Command(CommandKind.BOOK_APPOINTMENT, "contact/42", {"start": "2026-11-30T14:00:00+01:00"})
    assert blocks(booking) == "validated_by"
    status = Command(CommandKind.SET_STATUS, "contact/42", {"status": "won", "author": {"id": "a", "crm_user": ""}})
    assert blocks(status) == "validated_by"
    assert blocks(status._replace(body={**status.body, "validated_by": {"id": "rm-1", "crm_user": ""}})) == ""


def test_link_sketch_has_reserved_fields_to_guard():
    assert {"margin", "amount", "priority"} <= set(LINK["labels"]["opportunity"])
