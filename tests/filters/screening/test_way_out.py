"""A note on its way out: gate 1 screens it, gate 2 looks again, the decision says so, and Python decides alone."""

import orjson
import pytest

from filters.egress import Egress
from filters.shape import shape_of
from mapping.reasons import Reason
from mapping.words import Verdict
from streams.outbound import Outbound
from tests.policies import EVENT, LINK, NOW, policy, with_values

NOTE = "/contact/comment"
LINE = {"from": "contact.comment", "to": "contexte", "as": "screened_text", "max": 60}
FIELDS = [line for line in LINK["fields"] if line["to"] != "contexte"]
RULES = policy(fields=[*FIELDS, LINE])


def decided(text, rules=RULES):
    [decision] = Outbound(rules).decide([with_values(EVENT, data__contact__comment=text)], NOW)
    return decision


def sent(text):
    return decided(text).command.body["fields"].get("contexte")


def blocked(shown, text):
    data = orjson.loads(with_values(EVENT, data__contact__comment=text))["data"]
    fields = {"contexte": shown}
    return Egress(RULES, tuple(RULES.profiles)).blocks(fields, data, orjson.dumps(fields), shape_of(data))


@pytest.mark.requirement("R043")
def test_a_margin_in_a_comment_that_may_leave_does_not_leave():
    assert sent("Ok jeudi. Marge de vingt pour cent. Rappeler.") == "Ok jeudi. […] Rappeler."


@pytest.mark.requirement("R045")
def test_a_remark_on_the_negotiation_stays_home_and_the_rest_of_the_comment_goes():
    assert sent("Il connaît notre prix plancher. Voir avec Anne.") == "[…] Voir avec Anne."


def test_a_decision_tells_a_field_that_was_marked_from_one_that_went_out_whole():
    marked, whole = decided("Ok. Remise de 15."), decided("Rappeler le matin")

    assert (NOTE in marked.sent, NOTE in marked.masked, NOTE in marked.stripped) == (False, True, False)
    assert (NOTE in whole.sent, NOTE in whole.masked, NOTE in whole.stripped) == (True, False, False)


def test_a_view_for_each_profile_tells_it_as_well():
    rules = policy(fields=[*FIELDS, LINE], views=True)
    event = with_values(EVENT, data__contact__comment="Ok. Remise de 15.")

    [decision] = Outbound(rules).decide([event], NOW)

    assert decision.masked == (NOTE,)
    assert NOTE not in decision.sent
    assert NOTE not in decision.stripped


def test_a_text_is_screened_before_it_is_cut():
    assert sent("a" * 50 + " affaire à 48 210,50 pour cent") == "[…]"
    assert sent("Lille ok. Marge faible." + " bla" * 30) == ("Lille ok. […]" + " bla" * 30)[:60]


@pytest.mark.parametrize("value", [12, 4.5, True, ["remise"], {"a": "remise"}])
def test_what_is_no_text_does_not_go_out(value):
    decision = decided(value)

    assert decision.verdict is Verdict.SEND
    assert NOTE in decision.stripped


def test_an_emptied_note_is_news():
    assert sent(None) is None
    assert NOTE in decided(None).sent


@pytest.mark.parametrize("shown", ["remise 15 %", "45 €", "j@exemple.fr", "affaire à 48210", "x" * 61])
def test_gate_2_alone_stops_what_was_not_screened(shown):
    assert blocked(shown, shown) == "contexte"


def test_gate_2_lets_a_screened_text_go_as_what_it_is():
    assert blocked("Ok jeudi. […] Rappeler @ 14h", "Ok jeudi. Marge de 20. Rappeler @ 14h") == ""
    # "nord" is reserved here, and short: it stops a text that is not its source, and no rightful one.
    assert blocked("Voir au nord. […]", "Voir au nord. Marge de 20.") == ""
    assert blocked("Voir au nord. […]", "Autre chose. Marge de 20.") == "contexte"


def test_a_reserved_value_that_screening_missed_stops_the_prospect():
    decision = decided(f"voir {EVENT['data']['opportunity']['priority']}")

    assert (decision.verdict, decision.reason) == (Verdict.QUARANTINE, Reason.EGRESS_BLOCKED)


@pytest.mark.parametrize("views", [False, True])
def test_python_decides_alone_where_free_text_goes_out(views):
    assert Outbound(policy(fields=[*FIELDS, LINE], views=views)).core == "pure"


def test_a_field_labelled_free_text_leaves_by_no_ordinary_line_even_where_nobody_checked_the_link():
    labels = {**LINK["labels"], "contact": {**LINK["labels"]["contact"], "comment": "free_text"}}
    roles = {
        name: {**role, "read": {"contact": ["identity", "reachability", "free_text"], "account": ["identity"]}}
        for name, role in LINK["roles"].items()
    }
    plain = policy(labels=labels, roles=roles, fields=[*FIELDS, {"from": "contact.comment", "to": "contexte"}])
    screened = policy(labels=labels, roles=roles, fields=[*FIELDS, LINE])

    assert NOTE in decided("Rappeler", plain).stripped
    assert NOTE in decided("Rappeler", screened).sent
    data = EVENT["data"]
    fields = {"contexte": data["contact"]["comment"]}
    assert Egress(plain, tuple(plain.profiles)).blocks(fields, data, orjson.dumps(fields), shape_of(data)) != ""


def test_free_text_that_somebody_sees_masked_stays_home_even_where_nobody_checked_the_link():
    contributor = {**LINK["roles"]["contributor"], "read": {"contact": ["identity"]}}
    roles = {"contributor": {**contributor, "masks": {"contact": {"context": {"as": "truncate", "at": 20}}}}}
    profiles = {"teleoperator": {"role": "contributor", "perimeter": "all"}}
    rules = policy(roles=roles, profiles=profiles, fields=[*FIELDS, LINE])

    assert NOTE in decided("Rappeler le matin, sinon mardi", rules).stripped
