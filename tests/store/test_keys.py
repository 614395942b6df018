"""Data keys: of a tenant and a day, wrapped, droppable, and never lost with a transaction that was not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from mapping.words import Origin, Side, Verdict
from store import events
from store.database import Database
from store.errors import CommitInDoubt, Undecipherable, Violated
from store.keys import Purpose
from tests.store.stories import KEK, LINK, TENANT, Story

TOMORROW = datetime.now(UTC).date() + timedelta(days=2)


def test_what_was_sealed_opens_only_with_what_it_belongs_to(database: Database) -> None:
    key_id, sealed = database.keys.seal(None, TENANT, Purpose.STANDING, b"value", b"mine")
    assert b"value" not in sealed
    assert database.keys.open(TENANT, key_id, sealed, b"mine") == b"value"
    for tenant, key, body, aad in (
        (TENANT, key_id, sealed, b"yours"),
        (TENANT, key_id, sealed[:-1], b"mine"),
        (TENANT, key_id, b"", b"mine"),
        ("sud", key_id, sealed, b"mine"),
        (TENANT, 999, sealed, b"mine"),
    ):
        with pytest.raises(Undecipherable):
            database.keys.open(tenant, key, body, aad)


def test_no_nonce_is_used_twice(database: Database) -> None:
    sealer = database.keys.sealer(TENANT, Purpose.EVENT)
    assert len({sealer.seal(b"same", b"same")[:12] for _ in range(2000)}) == 2000


def test_digests_are_the_tenants_own_and_last(database: Database, url: str) -> None:
    digest = database.keys.mac(TENANT, b"x")
    other = Database.open(url, kek=KEK)
    assert other.keys.mac(TENANT, b"x") == digest
    assert other.keys.mac("sud", b"x") != digest
    other.close()


def test_no_data_key_stands_in_clear(database: Database) -> None:
    database.keys.mac(TENANT, b"x")
    raw = database.keys._kept[TENANT, 4].raw
    with database.read() as conn:
        assert all(raw not in bytes(row.wrapped) for row in conn.execute(text("SELECT wrapped FROM data_keys")))


def test_a_key_made_in_a_unit_that_failed_is_forgotten_with_it(database: Database) -> None:
    def fails(conn: Connection) -> None:
        database.keys.sealer("est", Purpose.EVENT, conn)
        raise LookupError

    with pytest.raises(LookupError):
        database.writer.write_now(fails)
    story = Story(database)
    (seq,) = story.do(
        lambda conn: events.append(
            conn, story.keys, "est", LINK, [events.NewEvent("k", Side.CRM, "t", "contact/1", Origin.LIVE, b"kept")]
        )
    )
    database.keys._kept.clear()
    assert seq is not None
    logged = story.see(lambda conn: events.one(conn, story.keys, "est", LINK, seq))
    assert logged is not None
    assert logged.body == b"kept"


def test_a_key_is_not_used_by_others_before_it_is_committed(database: Database) -> None:
    def looks(conn: Connection) -> bool:
        database.keys.sealer("est", Purpose.EVENT, conn)
        return any(tenant == "est" for tenant, _ in database.keys._kept)

    assert database.writer.write_now(looks) is False


def age(story: Story) -> None:
    """Make today's keys and what they sealed ten days old."""
    for table in ("data_keys", "events", "outbox", "quarantine"):
        story.execute(f"UPDATE {table} SET key_id = key_id - 100 WHERE key_id > 100")
    story.keys._kept.clear()


def rewrap(story: Story) -> None:
    """The wrapping is bound to the key's number, so an aged key is wrapped anew."""
    with story.database.read() as conn:
        rows = conn.execute(text("SELECT tenant, key_id, wrapped FROM data_keys WHERE key_id > 100")).all()
    for row in rows:
        raw = story.keys._unwrap(row.tenant, row.key_id + 100, bytes(row.wrapped))
        assert raw is not None
        wrapped = story.keys._wrap(row.tenant, row.key_id, raw)
        statement = "UPDATE data_keys SET wrapped = :wrapped WHERE tenant = :tenant AND key_id = :key_id"
        story.execute(statement, wrapped=wrapped, tenant=row.tenant, key_id=row.key_id)


def aged(database: Database, verdict: Verdict) -> tuple[Story, int]:
    story = Story(database)
    seq = story.receive()
    story.decide([seq], verdict)
    age(story)
    rewrap(story)
    return story, seq


def body(story: Story, seq: int) -> bytes:
    logged = story.see(lambda conn: events.one(conn, story.keys, TENANT, LINK, seq))
    assert logged is not None
    return b"unreadable" if logged.unreadable else logged.body


def test_a_dropped_day_is_gone(database: Database) -> None:
    story, seq = aged(database, Verdict.WITHHOLD)
    assert body(story, seq) == b'{"a":1}'
    today = datetime.now(UTC).date()
    assert database.keys.shred(today - timedelta(days=20)) == (0, 0)
    assert database.keys.shred(today - timedelta(days=7)) == (1, 0)
    assert body(story, seq) == b"unreadable"
    assert database.keys.shred(today - timedelta(days=7)) == (0, 0)


def test_a_day_stays_while_something_of_it_is_on_its_way(database: Database) -> None:
    story, seq = aged(database, Verdict.SEND)
    week_ago = datetime.now(UTC).date() - timedelta(days=7)
    assert database.keys.shred(week_ago) == (0, 1)
    assert story.due()[0].unreadable is False
    story.deliver({seq: ""})
    assert database.keys.shred(week_ago) == (1, 0)


def test_a_day_stays_while_an_event_of_it_is_not_decided(database: Database) -> None:
    story = Story(database)
    seq = story.receive()
    age(story)
    rewrap(story)
    assert database.keys.shred(datetime.now(UTC).date() - timedelta(days=7)) == (0, 1)
    assert body(story, seq) == b'{"a":1}'


def test_today_is_never_dropped(database: Database) -> None:
    story = Story(database)
    story.decide([seq := story.receive()], Verdict.WITHHOLD)
    assert database.keys.shred(TOMORROW + timedelta(days=9)) == (0, 0)
    assert body(story, seq) == b'{"a":1}'


def test_standing_keys_have_no_days(database: Database) -> None:
    with pytest.raises(Violated):
        database.keys.shred(TOMORROW, Purpose.STANDING)


def test_a_dropped_key_is_in_no_file(database: Database, tmp_path: Path) -> None:
    if database.dialect != "sqlite":
        pytest.skip("reads the files of SQLite")
    story, _ = aged(database, Verdict.WITHHOLD)
    with database.read() as conn:
        wrapped = bytes(conn.execute(text("SELECT wrapped FROM data_keys WHERE purpose = 'event'")).scalar_one())
    story.database.keys.shred(datetime.now(UTC).date() - timedelta(days=7))
    assert all(wrapped not in each.read_bytes() for each in tmp_path.iterdir())


def test_a_batch_opens_whatever_its_keys_and_says_none_of_what_does_not(database: Database) -> None:
    keys = database.keys
    day = [keys.seal(None, TENANT, Purpose.EVENT, b"a%d" % n, b"%d" % n) for n in range(3)]
    parked = keys.seal(None, TENANT, Purpose.PARKED, b"b", b"9")
    rows = [day[0], parked, day[1], (123456, day[2][1]), (day[2][0], b"altered")]
    aads = [b"0", b"9", b"1", b"2", b"2"]
    key_ids, sealed = [row[0] for row in rows], [row[1] for row in rows]
    assert keys.open_all(TENANT, key_ids, sealed, aads) == [b"a0", b"b", b"a1", None, None]
    assert keys.open_all(TENANT, [], [], []) == []
    assert keys.open_all("sud", [day[0][0]], [day[0][1]], [b"0"]) == [None]


def test_a_key_goes_with_the_commit_that_failed(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("a COMMIT that is refused is made with a deferred foreign key of SQLite")

    def refused(conn: Connection) -> None:
        database.keys.seal(conn, "sud", Purpose.EVENT, b"lost", b"")
        conn.execute(text("PRAGMA defer_foreign_keys = ON"))
        names = "tenant, link, seq, side, stage, reason, state, parked_at, times, discarded_by, discarded_why, key_id"
        values = "'sud', 'l', 9, 'crm', '', '', 'parked', 1, 1, '', '', 1, x'00'"
        conn.execute(text(f"INSERT INTO quarantine ({names}, body) VALUES ({values})"))

    with pytest.raises((Violated, CommitInDoubt)):
        database.writer.write_now(refused)
    key_id, sealed = database.keys.seal(None, "sud", Purpose.EVENT, b"kept", b"")
    database.keys._kept.clear()
    assert database.keys.open("sud", key_id, sealed, b"") == b"kept"
