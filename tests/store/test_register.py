"""The register only grows, and asks who and why."""

from datetime import date

import pytest

from store import register
from store.database import Database
from store.errors import Violated
from tests.store.stories import LINK, TENANT, Story


def test_the_newest_revision_is_live_and_the_others_stay(database: Database) -> None:
    story = Story(database)
    assert story.see(lambda conn: register.revision(conn, TENANT, LINK)) is None
    for number, revision in enumerate(("aaa", "bbb", "aaa"), 1):
        live = story.call(
            register.make_live,
            TENANT,
            LINK,
            revision,
            "campagne T4",
            date(2026, 11, 20),
            "direction",
            f"link: {revision}",
        )
        assert (live.number, live.revision, live.date) == (number, revision, date(2026, 11, 20))
        assert story.see(lambda conn: register.revision(conn, TENANT, LINK)) == live
    history = story.see(lambda conn: register.history(conn, TENANT, LINK))
    assert [each.number for each in history] == [3, 2, 1]
    assert history[0].source_text == "link: aaa"
    assert story.see(register.links) == [(TENANT, LINK)]


@pytest.mark.parametrize(("reason", "by"), [("", "direction"), ("campagne", "  ")])
def test_a_revision_without_reason_or_decider_is_refused(database: Database, reason: str, by: str) -> None:
    story = Story(database)
    with pytest.raises(Violated, match="revision_needs_reason_and_decider"):
        story.do(lambda conn: register.make_live(conn, TENANT, LINK, "aaa", reason, date(2026, 11, 20), by, "link: x"))


def made(story: Story, revision: str, link: str = LINK, after: int | None = None) -> None:
    day = date(2026, 11, 20)
    story.call(register.make_live, TENANT, link, revision, "campagne", day, "direction", f"link: {link}", after=after)


def test_one_figure_tells_that_any_link_has_a_new_revision(database: Database) -> None:
    story = Story(database)
    assert story.see(register.size) == 0
    for size, link in enumerate((LINK, "sud", LINK), 1):
        made(story, "aaa", link)
        assert story.see(register.size) == size
    assert story.see(register.numbers) == {(TENANT, LINK): 2, (TENANT, "sud"): 1}


def test_a_revision_is_known_for_good_under_its_own_link(database: Database) -> None:
    story = Story(database)
    made(story, "aaa")
    made(story, "bbb")
    assert story.see(lambda conn: register.known(conn, TENANT, LINK, "aaa"))
    assert not story.see(lambda conn: register.known(conn, TENANT, LINK, "ccc"))
    assert not story.see(lambda conn: register.known(conn, TENANT, "sud", "aaa"))


def test_what_was_decided_beside_an_older_revision_is_refused(database: Database) -> None:
    story = Story(database)
    made(story, "aaa", after=0)
    made(story, "bbb", after=1)
    with pytest.raises(Violated, match="revision_superseded"):
        made(story, "ccc", after=1)
    with pytest.raises(Violated, match="revision_superseded"):
        made(story, "ccc", after=0)
    assert story.see(register.size) == 2
