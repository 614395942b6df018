"""One holder at a time; a frozen one that wakes changes nothing."""

import pytest

from mapping.reasons import Reason
from mapping.words import Side
from store import leases, outbox, positions
from store.database import Database
from store.errors import Fenced, Violated
from store.leases import Lease
from tests.store.stories import LINK, TENANT, Story


def take(story: Story, holder: str, seconds: float) -> Lease | None:
    return story.do(lambda conn: leases.take(conn, TENANT, "decide/crm", holder, seconds))


def test_a_lease_has_one_holder(database: Database) -> None:
    story = Story(database)
    assert take(story, "two", 60) is None
    again = take(story, "one", 60)
    assert again is not None
    assert again == story.lease._replace(expires_at=again.expires_at)


def test_an_expired_lease_goes_to_the_next_with_a_higher_epoch(database: Database) -> None:
    story = Story(database)
    story.do(lambda conn: leases.renew(conn, story.lease, 0))
    taken = take(story, "two", 60)
    assert taken is not None
    assert taken.epoch == story.lease.epoch + 1


def test_a_released_lease_is_free_and_its_epoch_never_returns(database: Database) -> None:
    story = Story(database)
    story.do(lambda conn: leases.release(conn, story.lease))
    taken = take(story, "one", 60)
    assert taken is not None
    assert taken.epoch == story.lease.epoch + 1
    story.do(lambda conn: leases.release(conn, story.lease))  # the old one has nothing to give back any more
    assert take(story, "two", 60) is None


def test_a_frozen_worker_that_wakes_changes_nothing(database: Database) -> None:
    story = Story(database)
    seq = story.sent()
    story.do(lambda conn: leases.renew(conn, story.lease, 0))
    taken = take(story, "two", 60)
    assert taken is not None
    before = story.balance()
    where = (TENANT, LINK, Side.CRM)
    for stale in (
        lambda conn: positions.move(conn, *where, seq + 1, story.lease),
        lambda conn: positions.save_cursor(conn, TENANT, LINK, "contacts", "9", story.lease),
        lambda conn: positions.forget_cursor(conn, TENANT, LINK, "contacts", story.lease),
        lambda conn: outbox.started(conn, story.lease, *where, [seq]),
        lambda conn: outbox.delivered(conn, story.lease, *where, {seq: ""}),
        lambda conn: outbox.withheld(conn, story.lease, *where, seq, Reason.UNCHANGED),
        lambda conn: outbox.refused(conn, story.lease, *where, seq, Reason.TARGET_REFUSED),
        lambda conn: outbox.postponed(conn, story.lease, *where, seq, 1.0, "busy"),
        lambda conn: outbox.parked(conn, story.keys, story.lease, *where, seq, Reason.RETRIES_EXHAUSTED),
        lambda conn: outbox.reclaim(conn, story.lease, *where),
        lambda conn: leases.renew(conn, story.lease, 60),
    ):
        with pytest.raises(Fenced):
            story.do(stale)
    assert story.balance() == before
    assert story.see(lambda conn: positions.cursor(conn, TENANT, LINK, "contacts")) is None
    assert [due.seq for due in story.due()] == [seq]
    story.lease = taken
    story.deliver({seq: ""})
    assert story.balance().delivered == 1


def test_a_position_never_moves_back(database: Database) -> None:
    story = Story(database)
    story.do(lambda conn: positions.move(conn, TENANT, LINK, Side.CRM, 5, story.lease))
    story.do(lambda conn: positions.move(conn, TENANT, LINK, Side.CRM, 5, story.lease))
    with pytest.raises(Violated, match="position_moves_back"):
        story.do(lambda conn: positions.move(conn, TENANT, LINK, Side.CRM, 4, story.lease))
    assert story.see(lambda conn: positions.read(conn, TENANT, LINK, Side.CRM)) == 5
    assert story.see(lambda conn: positions.read(conn, TENANT, LINK, Side.DIALER)) == 0


def test_a_cursor_is_kept_by_source(database: Database) -> None:
    story = Story(database)
    for value in ("1", "2"):
        story.call(positions.save_cursor, TENANT, LINK, "contacts", value, story.lease)
    assert story.see(lambda conn: positions.cursor(conn, TENANT, LINK, "contacts")) == "2"
    assert story.see(lambda conn: positions.cursor(conn, TENANT, LINK, "accounts")) is None
    story.call(positions.forget_cursor, TENANT, LINK, "contacts", story.lease)
    assert story.see(lambda conn: positions.cursor(conn, TENANT, LINK, "contacts")) is None
