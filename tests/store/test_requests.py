"""Requests and signatures only ever grow, and no word goes on record without a name and a reason."""

from datetime import date
from functools import partial

import pytest

from store import requests
from store.database import Database
from store.errors import Violated
from store.requests import REGISTER, Act, NewRequest, NewSignature, Track
from tests.store.stories import LINK, TENANT, Story

ANNA = NewSignature(Act.PROPOSED, "anna", "root", "motif")
ASKED = NewRequest(0, "aaa", Track.REGULATED, ("roles", "labels"), "motif", date(2026, 11, 20), "direction", "l: x",
                   3, 4, held=True)  # fmt: skip


def test_a_request_comes_back_whole_with_its_signatures_in_order(database: Database) -> None:
    story = Story(database)
    numbers = [story.call(requests.add, TENANT, LINK, ASKED, [ANNA]) for _ in range(2)]
    story.call(requests.sign, TENANT, LINK, 1, NewSignature(Act.VOLUME_ACCEPTED, "bruno", "root", "vu", 7))
    story.call(requests.sign, TENANT, LINK, REGISTER, NewSignature(Act.EXPORTED, "claire", "root", "audit"))
    newest, first = story.see(partial(requests.listing, tenant=TENANT, link=LINK))
    assert numbers == [first.number, newest.number] == [1, 2]
    assert first.asked == ASKED
    assert [(one.act, one.name, one.figure) for one in first.signatures] == [
        (Act.PROPOSED, "anna", 0), (Act.VOLUME_ACCEPTED, "bruno", 7),
    ]  # fmt: skip
    assert first.signatures[0].signed_at > 0
    assert [one.request for one in story.see(partial(requests.signed, tenant=TENANT, link=LINK))] == [0, 1, 1, 2]
    assert story.see(partial(requests.listing, tenant=TENANT, link="sud")) == []
    assert story.see(requests.links) == [(TENANT, LINK)]


@pytest.mark.parametrize("empty", [ANNA._replace(name=" "), ANNA._replace(reason="")])
def test_a_word_without_a_name_or_a_reason_is_refused(database: Database, empty: NewSignature) -> None:
    story = Story(database)
    with pytest.raises(Violated, match="signature_needs_name_and_reason"):
        story.call(requests.add, TENANT, LINK, ASKED, [empty])
    assert story.see(partial(requests.listing, tenant=TENANT, link=LINK)) == []
