"""A link file knows which of its lines let prose out."""

import pytest

from mapping.free_text import named_so, unscreened
from mapping.link import FieldMap


def line(**told):
    return FieldMap.model_validate({"from": "contact.job", "to": "x", **told})


@pytest.mark.parametrize(
    "name",
    [
        "notes", "note", "Description", "comment", "commentaire_interne", "Comments__c", "internalRemarks",
        "x_studio_memo", "clientdescription2", "REMARQUES", "hs_message", "lastNote",
    ],
)  # fmt: skip
def test_a_name_tells_free_text(name):
    assert named_so(name)


@pytest.mark.parametrize(
    "name", ["first_name", "denoted", "job", "notification", "phone", "stage", "notary_id", "city"]
)
def test_another_name_does_not(name):
    assert not named_so(name)


@pytest.mark.requirement("R043")
@pytest.mark.parametrize(
    ("told", "label"),
    [
        ({"from": "contact.notes"}, "context"),
        ({}, "free_text"),
        ({"max": 501}, "context"),
        ({"from": "contact.notes"}, None),
    ],
)
def test_free_text_leaves_screened_or_not_at_all(told, label):
    assert unscreened(line(**told), label)
    assert not unscreened(line(**told, **{"as": "screened_text"}), label)


@pytest.mark.parametrize("told", [{}, {"max": 500}, {"from": "contact.note", "as": "integer"}, {"values": {"a": "b"}}])
def test_what_is_no_prose_leaves_as_it_is(told):
    assert not unscreened(line(**told), "context")
