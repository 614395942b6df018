"""Links that have something to do are found, those that have not are left alone, and so are other processes' links."""

from mapping.words import Side
from store import events, leases
from store.database import Database
from store.leases import Lease
from store.stirring import LINK as PREFIX
from store.stirring import Stir, stirring
from tests.store.stories import LINK, TENANT, Story, event


def held(database: Database, holder: str, tenant: str = TENANT, link: str = LINK) -> Lease | None:
    return database.writer.write_now(lambda conn: leases.take(conn, tenant, f"{PREFIX}{link}", holder, 600.0))


def stirs(database: Database, holder: str) -> list[Stir]:
    with database.read() as conn:
        return stirring(conn, holder)


def logged(database: Database, key: str, side: Side, tenant: str = TENANT, link: str = LINK) -> None:
    new = [event(key, side=side)]
    database.writer.write_now(lambda conn: events.append(conn, database.keys, tenant, link, new))


def test_a_link_without_anything_to_do_does_not_stir(database: Database) -> None:
    held(database, "one")
    assert stirs(database, "one") == []


def test_what_was_logged_and_not_decided_stirs_its_side(database: Database) -> None:
    held(database, "one")
    logged(database, "e1", Side.DIALER)
    assert stirs(database, "one") == [Stir(TENANT, LINK, Side.DIALER, events=True, commands=False)]


def test_a_command_that_is_due_stirs_and_one_that_waits_does_not(database: Database) -> None:
    held(database, "one")
    story = Story(database)
    story.sent()
    assert stirs(database, "one") == [Stir(TENANT, LINK, Side.CRM, events=False, commands=True)]
    database.writer.write_now(
        lambda conn: conn.exec_driver_sql("UPDATE outbox SET not_before = 4000000000000000").close()
    )
    assert stirs(database, "one") == []


def test_only_links_of_the_asking_process_are_told(database: Database) -> None:
    held(database, "one")
    held(database, "two", "sud", "sud-jp")
    logged(database, "e1", Side.CRM, "sud", "sud-jp")
    assert stirs(database, "one") == []
    assert [(stir.tenant, stir.link) for stir in stirs(database, "two")] == [("sud", "sud-jp")]
