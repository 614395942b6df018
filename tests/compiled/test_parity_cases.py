"""Values at the edges of each form: both paths say the same, and the plain ones are decided by the core."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from mapping.words import Reach, Shape
from store.core import Use
from streams.outbound import Outbound
from tests.cores import agree, needs_core
from tests.policies import EVENT, LINK, NOW, policy, with_values

pytestmark = needs_core

#: Free text is screened by Python alone, and takes the whole link with it (tests/filters/screening/test_way_out.py).
PLAIN_FORMS = [shape for shape in Shape if shape is not Shape.SCREENED_TEXT]
SHAPED = policy(
    labels={**LINK["labels"], "contact": {"value": "context", "secret": "confidential"}},
    fields=[
        {"from": "contact.value", "to": shape.value, "as": shape.value, "max": 8 if shape is Shape.TEXT else 500}
        for shape in PLAIN_FORMS
    ],
)
EACH = {
    shape: policy(
        labels={**LINK["labels"], "contact": {"value": "context", "secret": "confidential"}},
        fields=[
            {"from": "contact.value", "to": "value", "as": shape.value, "max": 8 if shape is Shape.TEXT else 500},
            {"from": "account.name", "to": "company"},
        ],
    )
    for shape in PLAIN_FORMS
}
PLAIN: dict[Shape, list[Any]] = {
    Shape.TEXT: ["Lille", "", "à l’œuvre", "un\ttabulateur", 'guillemets " et \\', "\x00\x1f\x7f", 12, -3, 13.25, None],
    Shape.E164: ["+33353012233", "03 53 01 22 33", "03.53.01.22.33", "", None, 12, True],
    Shape.EMAIL: ["a@b.fr", "hélène@autre.fr", "", "a@b@c", "a b@c.fr", "x" * 65 + "@b.fr", "a@" + "b" * 190, None, 3],
    Shape.INTEGER: [0, 12, -12, "12", "0", "1.5", 1.5, 2.0, -2.0, "", "x", True, None],
    Shape.DECIMAL: [0, 12, -3, 12.5, 100.0, "12.50", "0.001", "-4.20", True, None],
    Shape.BOOLEAN: [True, False, None, 1, 0.5, "true"],
    Shape.DATE: ["2026-11-20", "2024-02-29", "2026-11-20T10:11:12Z", "court", "", None, 20261120],
    Shape.DATETIME: ["2026-11-20T10:11:12Z", "2026-11-20T10:11:12+02:00", "2026-11-20T10:11:12-00:00", None, 12],
}
ODD: list[Any] = [
    "+33 3 53 01 22 33", "0033353012233", "+32470123456", "appelez-moi", "03 53 01 22", "03\u00a053 01 22 33", "+",
    "+0012", "007", "-0", "1e3", "NaN", "1_000", " 12 ", "١٢", "12.", ".5", "1" * 41, 10**17, -(10**17), 2**63 - 1,
    1e22, 1e-7, -0.0, 0.00001, 123456789.123456789, "2026-02-30", "20261120xx", "2026-W47-5", "0000-01-01",
    "2026-11-20 10:11:12Z", "2026-11-20T10:11:12", "2026-11-20T10:11:12.5+02:00", "2026-11-20T24:00:00Z",
    "2026-11-20T10:11:12+24:00", "2026-11-20T10:11Z", "Ｌｉｌｌｅ", "Лилль", "リール", "é" * 9,
    "e\u0301" * 9, "½ ﬁn", "a" * 600,     "ſ\u2028\u0085", "𝄞", "\u1680x@y.fr", "\x1cx@y.fr", [1], {"a": 1},
    0.1 + 0.2, 23.400000000000002, 9007199254740992.0, -1234567890123456.8, 9999999999999998.0, 1e16,
    0.00012345678901234567,
    [["Lille"], {"a": [12, None, {"b": "x"}]}], [], {},
]  # fmt: skip


@pytest.mark.parametrize("shape", PLAIN_FORMS)
def test_plain_values_of_each_form_are_decided_by_the_core_as_python_would(shape):
    raws = [with_values(EVENT, data__contact__value=value) for value in PLAIN[shape]]

    decided, left = agree(EACH[shape], raws, NOW)

    assert left <= sum(type(value) is bool for value in PLAIN[shape])
    assert len(decided) == len(raws)


@pytest.mark.parametrize("shape", PLAIN_FORMS)
def test_odd_values_of_each_form_are_decided_as_python_would(shape):
    values = ODD + [value for held in PLAIN.values() for value in held]
    raws = [with_values(EVENT, data__contact__value=value) for value in values]

    agree(EACH[shape], raws, NOW)
    agree(SHAPED, raws, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"echo": True}, {"echo": False}, {"echo": "true"}, {"origin": "backfill"}, {"origin": ...}, {"origin": 1},
        {"subject": "account/7"}, {"subject": "contact/43"}, {"subject": "contact/"}, {"subject": ""},
        {"id": "é" * 256}, {"id": "x" * 257},
        {"data__contact__id": ""}, {"data__contact__id": "é" * 256}, {"data__contact__id": 42},
        {"data__contact__id": ...}, {"data__contact": None}, {"data__owner": None}, {"data__owner": {}},
        {"data__owner": {"team": ""}}, {"data__owner": {"team": 7}}, {"data__owner": {"team": True}},
        {"data__owner": {"team": 7.5}}, {"data__account": None}, {"data__account": {}}, {"data__extra": {"x~y/z": 1}},
        {"data__a/b": None}, {"data__extra": "free"}, {"data__contact__phone": None}, {"data__account__industry": True},
        {"data__account__industry": None}, {"data__account__industry": ["retail"]}, {"data__opportunity__stage": "Won"},
        {"type": "crm.account.changed"}, {"type": "crm.contact.deleted"}, {"type": "crm.contact.deleted", "data": {}},
        {"type": "crm.contact.deleted", "data": []}, {"type": "crm.contact.deleted", "subject": "account/1"},
        {"tenant": "sud"}, {"specversion": 1.0}, {"extension": {"a": 1}}, {"extension": 1.5e300}, {"data": {}},
        {"data__account__name": "Lille", "data__opportunity__priority": "Lille"},
        {"data__contact__comment": "Affaire à 48 210,50 €"}, {"data__contact__comment": "cible stratégique 2027"},
        {"data__contact__comment": "n\ne\np\na\ns", "data__contact__notes": "une note\nsur\ndeux lignes, et plus"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("views", [False, True])
def test_unusual_events_are_decided_as_python_would(changes, views):
    raw = with_values(EVENT, **changes)

    agree(policy(views=views), [raw, orjson.dumps(EVENT), raw], NOW)


WHOLE = orjson.dumps(EVENT)
#: Bytes of the event, and what stands in their place.
SWAPS = [
    (b'"42"', rb'"\u0034\u0032"'), (b'"notes"', b'"phone"'), (b'"id":"42"', b'"id":"42","id":"43"'),
    (b"12.5", b"012.5"), (b"12.5", b"12.50000000000000000"), (b"12.5", b"-0"), (b"12.5", b"12."), (b"12.5", b"1E5"),
    (b"12.5", b"+1"), (b"12.5", b"-"), (b"12.5", b"12.50"), (b"12.5", b"1.2.5"), (b"12.5", b"truely"),
    (b"12.5", b"nul"), (b"12.5", b"0.30000000000000004"), (b"12.5", b"0.1000000000000000055511151231257827"),
    (b"12.5", b"9" * 18), (b"12.5", b"9" * 19), (b"12.5", b"-0.00000000000000000000"), (b"12.5", b"[" * 9 + b"]" * 9),
    (b"12.5", b'{"a":1,"a":2}'), (b"12.5", b"[1,]"), (b"12.5", b"[1 2]"), (b"12.5", b"1.0000000000000000000001"),
    (b'"Lille"', b'"Lil\nle"'), (b'"Lille"', rb'"\x41"'),
    (b'"Lille"', rb'"\uD83D\uDE00 \/\b\f\n\r\t\"\\"'),
    (b'"Lille"', rb'"\uD83Dx"'), (b'"Lille"', rb'"\uDE00"'), (b'"Lille"', rb'"\u00g0"'), (b'"Lille"', b'"\xc3"'),
    (b'"Lille"', rb'"\u'), (b'"account":', b'"contact":'), (b'"tenant"', b'"subject"'), (b":", b" :\t"), (b",", b",,"),
    ('"Ateliers Béranger"'.encode(), rb'"\u0041\u00e9"'), (b'"data"', b'"data":{},"data"'),
]  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"{}", b"nul", b"[]", b"\xef\xbb\xbf{}", b"\xff", b'{"a":1,}', rb'{"id":"\ud800"}', b'{"a" 1}',
     WHOLE + b" \n\t\r", b" " + WHOLE, WHOLE + b"x", WHOLE[:-1], *(WHOLE.replace(*swap) for swap in SWAPS)],
)  # fmt: skip
def test_unusual_bytes_are_decided_as_python_would(raw):
    agree(policy(), [raw, bytearray(raw), memoryview(raw)], NOW)


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("views", [False, True])
def test_every_reach_is_judged_as_python_would(reach, views):
    profiles = {
        "one": {"role": "contributor", "perimeter": reach.value},
        "two": {"role": "validator", "perimeter": "own"},
    }
    perimeter = {
        "model": "projects",
        "projects": {
            "closed": {"where": {"account.industry": ["retail"]}, "ends": "2026-01-31"},
            "later": {"where": {"account.industry": ["retail"]}, "starts": "2026-12-01"},
            "sized": {"where": {"account.size": [1, True, 12, "12"], "owner.team": ["nord"]}},
        },
        "territories": {"flandre": {"account.city": ["Lille"]}, "all": {}},
    }  # fmt: skip
    rules = policy(views=views, profiles=profiles, perimeter=perimeter)
    sizes = [1, 1.0, True, False, 12, 12.0, 12.5, "12", "1", None, [1]]
    raws = [with_values(EVENT, data__account__size=size, data__account__city=city)
            for size in sizes for city in ("Lille", "Lyon")]  # fmt: skip

    for day in (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)):
        agree(rules, raws, day)


def test_a_policy_that_the_core_does_not_know_is_decided_by_python():
    twice = [{"from": "contact.first_name", "to": "nom"}, {"from": "contact.last_name", "to": "nom"}]

    assert Outbound(policy(fields=twice), use=Use.COMPILED).core == "pure"


@pytest.mark.parametrize("views_first", [False, True])
def test_links_that_share_their_gates_say_what_each_would_say_alone(views_first):
    """One tells profiles apart and the other does not: how an event of the one ended is not told of the other's."""
    profiles = {"teleoperator": LINK["profiles"]["teleoperator"]}
    # Lines 0, 1 and 3 stay home; and in view 0 one does, which is line 3.
    three = with_values(EVENT, data__contact__first_name=[], data__contact__phone=[], data__contact__comment=[])
    one = with_values(EVENT, data__contact__comment=[])
    sharing = Outbound(policy(views=views_first, profiles=profiles), use=Use.COMPILED)
    sharing.decide([three, one], NOW)

    decided, left = agree(policy(views=not views_first, profiles=profiles), [one, three], NOW)

    assert (sharing.core, [len(decision.sent) for decision in decided], left) == ("compiled", [5, 3], 0)


MASKED: dict[str, tuple[Shape, list[Any]]] = {
    "allow": (Shape.TEXT, ["Lille", 12]),
    "drop": (Shape.TEXT, ["Lille", None]),
    "empty": (Shape.TEXT, ["Lille", None]),
    "last4": (Shape.E164, ["+33353012233", "03 53 01 22 33", "", None]),
    "keyed_hash": (Shape.E164, ["+33353012233", "03 53 01 22 33", None]),
    "token": (Shape.TEXT, ["hélène", "", 7]),
    "year": (Shape.DATE, ["2026-11-20", "2026-11-20T10:11:12Z", None, ""]),
    "range": (Shape.DECIMAL, [0, 9, 10, "999.99", -3, "-2.5", 1000, "bof", None]),
    "truncate": (Shape.TEXT, ["à l’œuvre et au moulin", "court", None]),
}


@pytest.mark.parametrize("mask", MASKED)
def test_what_may_be_shown_only_in_part_is_shown_so_by_the_core_itself(mask: str) -> None:
    shape, values = MASKED[mask]
    needs: dict[str, dict[str, object]] = {"range": {"steps": [0, 10, 1000]}, "truncate": {"at": 9}}
    rule = {"as": mask, **needs.get(mask, {})}
    reads = {"contact": ["identity"], "account": ["identity"], "opportunity": ["progress"]}
    link = policy(
        secret=b"a tenant's own",
        labels={**LINK["labels"], "contact": {"value": "context"}},
        roles={
            "contributor": {"read": reads, "masks": {"contact": {"context": [rule]}}},
            "validator": {"read": reads | {"contact": ["context"]}},
        },
        fields=[
            {"from": "contact.value", "to": "value", "as": shape.value},
            {"from": "account.name", "to": "company"},
        ],
    )
    raws = [with_values(EVENT, data__contact={"id": "42", "value": value}) for value in values]

    decided, left = agree(link, raws, NOW)

    assert left == sum(value == "bof" for value in values)
    assert [one.verdict.value for one in decided] == ["send"] * len(raws)
    assert any(one.masked for one in decided) is (mask not in {"allow", "drop"})
