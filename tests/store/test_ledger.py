"""The ledger knows what the dialer holds, and our own writes when they come back."""

from sqlalchemy import text

from store import ledger
from store.database import Database
from store.ledger import Disclosure
from tests.store.stories import LINK, TENANT, Story


def disclosure(record: str, campaign: str = "t4", seq: int = 1) -> Disclosure:
    return Disclosure(record, "teleoperator", ("/contact/phone",), b"digest", "0123456789ab", campaign, seq)


def record(story: Story, *rows: Disclosure) -> None:
    story.do(lambda conn: ledger.record_disclosures(conn, TENANT, LINK, rows))


def test_a_disclosure_replaces_the_one_before(database: Database) -> None:
    story = Story(database)
    record(story, disclosure("contact/1"), disclosure("contact/2"))
    record(story, disclosure("contact/1", "t5", 2))
    record(story)
    found = story.see(lambda conn: ledger.disclosed(conn, TENANT, LINK, ["contact/1", "contact/2", "contact/3"]))
    assert found == {"contact/1": disclosure("contact/1", "t5", 2), "contact/2": disclosure("contact/2")}


def test_what_was_recalled_is_not_disclosed_but_remembered(database: Database) -> None:
    story = Story(database)
    record(story, disclosure("contact/1", seq=3), disclosure("contact/2"))
    story.do(lambda conn: ledger.forget(conn, TENANT, LINK, ["contact/1"], 7))
    assert set(story.see(lambda conn: ledger.disclosed(conn, TENANT, LINK, ["contact/1", "contact/2"]))) == {
        "contact/2"
    }
    assert story.see(lambda conn: ledger.last_seqs(conn, TENANT, LINK, ["contact/1", "contact/2"])) == {
        "contact/1": 7,
        "contact/2": 1,
    }
    record(story, disclosure("contact/1", seq=9))
    assert "contact/1" in story.see(lambda conn: ledger.disclosed(conn, TENANT, LINK, ["contact/1"]))


def test_everything_that_stands_can_be_paged_through(database: Database) -> None:
    story = Story(database)
    record(story, *(disclosure(f"contact/{n}", "t4" if n % 2 else "t5") for n in range(6)))
    first = story.see(lambda conn: ledger.standing(conn, TENANT, LINK, limit=4))
    rest = story.see(lambda conn: ledger.standing(conn, TENANT, LINK, after=first[-1].record, limit=4))
    assert [each.record for each in first + rest] == [f"contact/{n}" for n in range(6)]
    odd = story.see(lambda conn: ledger.standing(conn, TENANT, LINK, campaign="t4"))
    assert [each.record for each in odd] == ["contact/1", "contact/3", "contact/5"]


def test_an_echo_is_recognised_once(database: Database) -> None:
    story = Story(database)
    story.do(lambda conn: ledger.mark_written(conn, TENANT, LINK, "contact/1.status", b"d"))
    story.do(lambda conn: ledger.mark_written(conn, TENANT, LINK, "contact/1.status", b"d"))
    took = [story.do(lambda conn: ledger.take_echo(conn, TENANT, LINK, "contact/1.status", b"d")) for _ in range(2)]
    assert took == [True, False]
    assert story.do(lambda conn: ledger.take_echo(conn, TENANT, LINK, "contact/1.status", b"other")) is False


def test_what_was_written_over_is_no_echo_any_more(database: Database) -> None:
    story = Story(database)
    for digest in (b"first", b"second", b"third"):
        story.call(ledger.mark_written, TENANT, LINK, "contact/1.status", digest)
    story.call(ledger.mark_written, TENANT, LINK, "contact/2.status", b"first")

    def took(digest: bytes, record: str = "contact/1") -> bool:
        return story.do(lambda conn: ledger.take_echo(conn, TENANT, LINK, f"{record}.status", digest))

    assert took(b"second")
    assert not took(b"first"), "it came before the one that was seen"
    story.call(ledger.mark_written, TENANT, LINK, "contact/1.status", b"fourth")
    assert not took(b"a human's")
    assert not took(b"fourth")
    assert took(b"first", "contact/2")


def test_an_echo_after_a_day_is_a_change(database: Database) -> None:
    story = Story(database)
    for field in ("status", "notes"):
        story.call(ledger.mark_written, TENANT, LINK, f"contact/1.{field}", b"d")
    story.do(lambda conn: conn.execute(text("UPDATE echoes SET written_at = written_at - 86400000001")))
    assert story.do(lambda conn: ledger.take_echo(conn, TENANT, LINK, "contact/1.status", b"d")) is False
    assert story.do(lambda conn: ledger.drop_stale_echoes(conn, TENANT, LINK)) == 1


def settled(story: Story) -> None:
    """Make what happened so far older than the feed's distance."""
    story.do(
        lambda conn: conn.execute(
            text(
                "UPDATE disclosures SET changed_at = changed_at - 2000000, disclosed_at = disclosed_at - 2000000,"
                " recalled_at = recalled_at - 2000000"
            )
        )
    )


def test_a_dialer_that_fetches_is_told_each_record_once_by_its_last_change(database: Database) -> None:
    story = Story(database)
    record(story, disclosure("contact/1"))
    record(story, disclosure("contact/2"), disclosure("contact/3"))
    record(story, disclosure("contact/1", "t5", 2))
    story.do(lambda conn: ledger.forget(conn, TENANT, LINK, ["contact/2"], 3))
    assert story.see(lambda conn: ledger.changes(conn, TENANT, LINK, (0, ""), 9)) == []
    settled(story)
    found = story.see(lambda conn: ledger.changes(conn, TENANT, LINK, (0, ""), 9))
    assert [(one.record, one.campaign, one.recalled) for one in found] == [
        ("contact/3", "t4", False),
        ("contact/1", "t5", False),
        ("contact/2", "t4", True),
    ]
    after = (found[0].at, found[0].record)
    assert story.see(lambda conn: ledger.changes(conn, TENANT, LINK, after, 1)) == found[1:2]


def test_a_recall_waits_until_the_dialer_confirms_it(database: Database) -> None:
    story = Story(database)
    record(story, disclosure("contact/1"), disclosure("contact/2"))
    story.do(lambda conn: ledger.forget(conn, TENANT, LINK, ["contact/1"], 3))
    settled(story)
    (recall,) = story.see(lambda conn: ledger.changes(conn, TENANT, LINK, (0, ""), 9, recalls=True))
    assert recall.record == "contact/1"
    confirmed = [
        story.call(ledger.acknowledge, TENANT, LINK, "contact/1", at) for at in (recall.at - 1, recall.at, recall.at)
    ]
    assert confirmed == [False, True, True]
    assert story.see(lambda conn: ledger.changes(conn, TENANT, LINK, (0, ""), 9, recalls=True)) == []
