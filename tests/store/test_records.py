"""What was read of each CRM record, whom a change touches, and who is who."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from mapping.words import Object
from store import people, records
from store.database import Database
from store.people import Person
from store.records import Stored
from tests.store.stories import LINK, TENANT, Story

CONTACT, ACCOUNT, OPPORTUNITY = Object.CONTACT, Object.ACCOUNT, Object.OPPORTUNITY


def contact(key: str, account: str = "1", phone: str = "+331", version: str = "v1") -> Stored:
    return Stored(CONTACT, key, {"phone": phone}, {"account": account} if account else {}, {"id": "u7"}, version)


def save(story: Story, *rows: Stored) -> list[str]:
    return [each.key for each in story.do(lambda conn: records.save(conn, story.keys, TENANT, LINK, rows))]


def load(story: Story, *ids: tuple[Object, str]) -> dict[tuple[Object, str], Stored]:
    return story.see(lambda conn: records.load(conn, story.keys, TENANT, LINK, ids))


def test_a_record_comes_back_as_it_went_in(database: Database) -> None:
    story = Story(database)
    account = Stored(ACCOUNT, "42", {"name": "Été", "size": None}, {}, {}, "v1")
    save(story, contact("42"), account)
    assert load(story, (CONTACT, "42"), (ACCOUNT, "42"), (CONTACT, "43")) == {
        (CONTACT, "42"): contact("42"),
        (ACCOUNT, "42"): account,
    }


def test_only_what_changed_is_told(database: Database) -> None:
    story = Story(database)
    assert save(story, contact("1"), contact("2")) == ["1", "2"]
    assert save(story, contact("1", version="v2"), contact("2", phone="+332")) == ["2"]
    assert save(story, contact("1", account="9")) == ["1"]
    assert load(story, (CONTACT, "1"))[CONTACT, "1"].version == "v1"
    assert save(story, contact("3"), contact("3", phone="+339")) == ["3"]
    assert load(story, (CONTACT, "3"))[CONTACT, "3"].fields == {"phone": "+339"}


def test_decimals_are_kept_as_text_and_anything_else_is_refused(database: Database) -> None:
    story = Story(database)
    save(story, Stored(ACCOUNT, "1", {"amount": Decimal("12.50")}, {}, {}, ""))
    assert load(story, (ACCOUNT, "1"))[ACCOUNT, "1"].fields == {"amount": "12.50"}
    with pytest.raises(TypeError):
        save(story, Stored(ACCOUNT, "1", {"amount": object()}, {}, {}, ""))


def test_an_account_touches_its_contacts(database: Database) -> None:
    story = Story(database)
    save(story, contact("1", "a"), contact("2", "a"), contact("3", "b"), contact("4", ""))
    touched = story.see(lambda conn: records.contacts_of(conn, TENANT, LINK, ACCOUNT, ["a", "b", "c"]))
    assert touched == {"a": ["1", "2"], "b": ["3"]}
    save(story, contact("2", "b"))
    touched = story.see(lambda conn: records.contacts_of(conn, TENANT, LINK, ACCOUNT, ["a", "b"]))
    assert touched == {"a": ["1"], "b": ["2", "3"]}


def test_an_opportunity_touches_its_contact_or_else_those_of_its_account(database: Database) -> None:
    story = Story(database)
    save(story, contact("1", "a"), contact("2", "a"))
    named = Stored(OPPORTUNITY, "o1", {}, {"account": "a", "contact": "2"}, {}, "")
    unnamed = Stored(OPPORTUNITY, "o2", {}, {"account": "a"}, {}, "")
    lonely = Stored(OPPORTUNITY, "o3", {}, {}, {}, "")
    save(story, named, unnamed, lonely)
    touched = story.see(lambda conn: records.contacts_of(conn, TENANT, LINK, OPPORTUNITY, ["o1", "o2", "o3"]))
    assert touched == {"o1": ["2"], "o2": ["1", "2"]}
    by_contact = story.see(lambda conn: records.referring(conn, TENANT, LINK, OPPORTUNITY, CONTACT, ["1", "2"]))
    assert by_contact == {"2": ["o1"]}


def test_a_deleted_record_refers_to_nothing(database: Database) -> None:
    story = Story(database)
    save(story, contact("1", "a"), contact("2", "a"))
    story.do(lambda conn: records.delete(conn, TENANT, LINK, [(CONTACT, "1")]))
    assert story.see(lambda conn: records.contacts_of(conn, TENANT, LINK, ACCOUNT, ["a"])) == {"a": ["2"]}
    assert load(story, (CONTACT, "1")) == {}


def test_records_are_paged_by_key(database: Database) -> None:
    story = Story(database)
    save(story, *(contact(f"{n}") for n in range(5)))
    first = story.see(lambda conn: records.page(conn, story.keys, TENANT, LINK, CONTACT, limit=3))
    rest = story.see(lambda conn: records.page(conn, story.keys, TENANT, LINK, CONTACT, first[-1].key, 3))
    assert [each.key for each in first + rest] == ["0", "1", "2", "3", "4"]


def test_keys_are_paged_also_of_records_that_cannot_be_opened(database: Database) -> None:
    story = Story(database)
    save(story, *(contact(f"{n}") for n in range(5)))
    story.execute("UPDATE records SET body = :body", body=b"broken")
    assert story.see(lambda conn: records.page(conn, story.keys, TENANT, LINK, CONTACT)) == []
    first = story.see(lambda conn: records.keys_of(conn, TENANT, LINK, CONTACT, "", 3))
    assert first == ["0", "1", "2"]
    assert story.see(lambda conn: records.keys_of(conn, TENANT, LINK, CONTACT, first[-1], 3)) == ["3", "4"]


def test_a_record_that_cannot_be_opened_is_as_if_never_read(database: Database) -> None:
    story = Story(database)
    save(story, contact("1"), contact("2"))
    story.do(lambda conn: conn.execute(text("UPDATE records SET body = :x WHERE key = '1'"), {"x": b"0" * 40}))
    assert set(load(story, (CONTACT, "1"), (CONTACT, "2"))) == {(CONTACT, "2")}


def test_people_are_known_by_id_and_replaced(database: Database) -> None:
    story = Story(database)
    first = Person("tp-12", "teleoperator", "nord", "59", ("t4", "t5"), "u12", datetime(2026, 1, 1, tzinfo=UTC))
    second = Person("m-1", "mission_lead")
    story.do(lambda conn: people.save(conn, story.keys, TENANT, LINK, [first, second]))
    promoted = first._replace(profile="mission_lead", ends=datetime(2026, 12, 31, tzinfo=UTC))
    story.do(lambda conn: people.save(conn, story.keys, TENANT, LINK, [promoted]))
    assert story.see(lambda conn: people.find(conn, story.keys, TENANT, LINK, ["tp-12", "nobody"])) == {
        "tp-12": promoted
    }
    assert story.see(lambda conn: people.listing(conn, story.keys, TENANT, LINK)) == [second, promoted]
    assert story.see(lambda conn: people.listing(conn, story.keys, TENANT, "other")) == []


def test_a_person_who_cannot_be_opened_is_unknown(database: Database) -> None:
    story = Story(database)
    story.do(lambda conn: people.save(conn, story.keys, TENANT, LINK, [Person("a", "x"), Person("b", "y")]))
    swap = "UPDATE people SET body = (SELECT body FROM people WHERE id = 'b') WHERE id = 'a'"
    story.do(lambda conn: conn.execute(text(swap)))
    assert set(story.see(lambda conn: people.find(conn, story.keys, TENANT, LINK, ["a", "b"]))) == {"b"}
