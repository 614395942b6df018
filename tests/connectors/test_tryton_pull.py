"""Reading a real Tryton: the data set crm-sales whole, then each way in which something changes."""

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import rows_of
from connectors.faults import Malformed, Misconfigured
from connectors.port import Asked, Page, Row, Session
from connectors.tryton.cursor import read_cursor
from connectors.tryton.pulling import pull
from mapping.words import Object
from tests.connectors.staged_tryton import Corner, corner, session_of
from tests.services.crm_sales import Sales
from tests.services.crm_sales import rows_of as data
from tests.services.tryton import Tryton

PARTY = ("name", "phone", "city", "postal_code")
DEAL = ("reference", "state", "amount", "description", "start_date", "end_date", "conversion_probability")


async def pages_of(
    session: Session[Any], kind: Object, fields: Sequence[str], since: str | None = None
) -> Sequence[Page]:
    return [page async for page in pull(session, Asked(kind, tuple(fields)), since)]


async def rows_since(session: Session[Any], kind: Object, fields: Sequence[str], since: str | None) -> list[Row]:
    return rows_of(await pages_of(session, kind, fields, since))


class TestTheDataSet:
    async def test_every_account_comes_with_its_fields(self, crm_sales: Sales) -> None:
        async with session_of(crm_sales.server, page_size=20) as session:
            pages = await pages_of(session, Object.ACCOUNT, PARTY)
        rows = {row.key: row for row in rows_of(pages)}
        assert [page.rejects for page in pages if page.rejects] == []
        told = crm_sales.told
        assert {str(key) for key in told.parties.values()} <= set(rows)
        for account in data("accounts.csv"):
            row = rows[str(told.parties[account["account"]])]
            assert row.fields["name"] == account["account"]
            assert row.fields["phone"].replace(" ", "") == told.phones[account["account"]]
            assert (row.fields["city"], row.fields["postal_code"]) == (account["office_location"], "59000")

    async def test_every_opportunity_comes_with_its_party_and_seller(self, crm_sales: Sales) -> None:
        told = crm_sales.told
        async with session_of(crm_sales.server, territory="postal_code", territory_length=2) as session:
            rows = rows_of(await pages_of(session, Object.OPPORTUNITY, DEAL))
        by_reference = {row.fields["reference"]: row for row in rows}
        assert len(rows) == len(by_reference) == len(told.opportunities)
        managers = {line["sales_agent"]: line["manager"] for line in data("sales_teams.csv")}
        for deal in data("sales_pipeline.csv")[: len(rows)]:
            row = by_reference[deal["opportunity_id"]]
            assert row.key == str(told.opportunities[deal["opportunity_id"]])
            party = str(told.parties[deal["account"]]) if deal["account"] else None
            assert row.refs == ({"account": party, "contact": party} if party else {})
            assert row.owner["id"] == str(told.employees[deal["sales_agent"]])
            assert row.owner["team"] == str(told.employees[managers[deal["sales_agent"]]])
            assert row.owner.get("territory") == ("59" if party else None)
            assert Decimal(row.fields["amount"] or 0) == Decimal(deal["close_value"] or 0)
            assert row.fields["start_date"] == (deal["engage_date"] or row.fields["start_date"])
            assert row.fields["conversion_probability"] == 0.5

    async def test_a_quiet_crm_is_not_read_again(self, crm_sales: Sales) -> None:
        async with session_of(crm_sales.server, overlap_seconds=86_400) as session:
            pages = await pages_of(session, Object.OPPORTUNITY, DEAL)
            again = await pages_of(session, Object.OPPORTUNITY, DEAL, pages[-1].cursor)
        assert again == []

    async def test_pages_have_the_size_that_was_set(self, crm_sales: Sales) -> None:
        async with session_of(crm_sales.server, page_size=700) as session:
            pages = await pages_of(session, Object.OPPORTUNITY, ("state",))
        assert [len(page.rows) for page in pages] == [700, 700, 600, 0]


@pytest.fixture
def fields() -> tuple[str, ...]:
    return ("name", "phone", "city")


async def settled(place: Corner, fields: Sequence[str]) -> str:
    return (await pages_of(place.session, place.kind, fields))[-1].cursor


async def test_a_new_party_comes_with_the_next_pull(tryton: Tryton, fields: tuple[str, ...]) -> None:
    async with corner(tryton, count=4, overlap_seconds=0) as place:
        since = await settled(place, fields)
        made = str(place.party("Nouvelle"))
        rows = await rows_since(place.session, Object.CONTACT, fields, since)
    assert {row.fields["name"] for row in rows if row.key == made} == {"Nouvelle"}


async def test_only_what_changed_is_read_where_nothing_is_late(tryton: Tryton) -> None:
    async with corner(tryton, count=6, overlap_seconds=0) as place:
        since = await settled(place, ("name",))
        place.rpc("party.party.write", [place.ids[2]], {"name": "Renommée"})
        first = await rows_since(place.session, Object.CONTACT, ("name",), since)
    assert (first[-1].key, first[-1].fields) == (str(place.ids[2]), {"name": "Renommée"})


async def test_rows_of_one_instant_are_all_read(tryton: Tryton) -> None:
    async with corner(tryton, count=10, page_size=3) as place:
        found = place.rpc("party.party.search_read", [["id", "in", place.ids]], 0, None, None, ["_timestamp"])
        assert len({one["_timestamp"] for one in found}) == 1
        rows = await rows_since(place.session, Object.CONTACT, ("name",), None)
    assert [row.key for row in rows] == [str(key) for key in sorted(place.ids)]


async def test_a_row_that_shows_late_is_within_the_overlap(tryton: Tryton) -> None:
    async with corner(tryton, count=4, overlap_seconds=300) as place:
        late = place.party("Lente")
        place.sql("UPDATE party_party SET active = 0 WHERE id = ?", late)  # not committed yet, as it were
        since = await settled(place, ("name",))
        earlier = "datetime(write_date, '-60 seconds') || '.000000'"
        place.sql(f"UPDATE party_party SET active = 1, write_date = {earlier} WHERE id = ?", late)
        rows = await rows_since(place.session, Object.CONTACT, ("name",), since)
    assert str(late) in {row.key for row in rows}


@pytest.mark.parametrize("kind", [Object.CONTACT, Object.ACCOUNT])
async def test_a_number_changed_outside_its_partys_form_is_news_of_the_party(tryton: Tryton, kind: Object) -> None:
    async with corner(tryton, kind, count=4, overlap_seconds=0) as place:
        since = await settled(place, ("name", "phone"))
        [number] = place.rpc("party.contact_mechanism.search", [["party", "=", place.ids[1]]], 0, None, None)
        place.rpc("party.contact_mechanism.write", [number], {"value": "+33199009999"})
        rows = await rows_since(place.session, kind, ("name", "phone"), since)
    changed = [row for row in rows if row.key == str(place.ids[1])]
    assert changed[-1].fields["phone"].replace(" ", "") == "+33199009999"


async def test_an_address_that_moves_is_news_of_the_party_only_where_it_is_asked_for(tryton: Tryton) -> None:
    async with corner(tryton, count=3, overlap_seconds=0) as place:
        with_city, without = await settled(place, ("city",)), await settled(place, ("name",))
        place.rpc("party.address.create", [{"party": place.ids[0], "city": "Douai"}])
        asked = await rows_since(place.session, Object.CONTACT, ("city",), with_city)
        unasked = await pages_of(place.session, Object.CONTACT, ("name",), without)
    assert [row.fields for row in asked if row.key == str(place.ids[0])][-1] == {"city": "Douai"}
    assert unasked == []


async def test_an_inactive_number_is_never_read(tryton: Tryton) -> None:
    async with corner(tryton, count=1) as place:
        [number] = place.rpc("party.contact_mechanism.search", [["party", "=", place.ids[0]]], 0, None, None)
        place.rpc("party.contact_mechanism.write", [number], {"active": False})
        [row] = await rows_since(place.session, Object.CONTACT, ("phone",), None)
    assert row.fields == {"phone": None}


async def test_an_inactive_party_is_told_as_deleted_and_comes_back_when_it_does(tryton: Tryton) -> None:
    async with corner(tryton, count=3) as place:
        key, since = place.ids[0], await settled(place, ("name",))
        place.rpc("party.party.write", [key], {"active": False})
        pages = await pages_of(place.session, Object.CONTACT, ("name",), since)
        gone = [row for row in rows_of(pages) if row.deleted]
        assert [(row.key, row.fields) for row in gone] == [(str(key), {})]
        place.rpc("party.party.write", [key], {"active": True})
        rows = await rows_since(place.session, Object.CONTACT, ("name",), pages[-1].cursor)
    assert [row.deleted for row in rows if row.key == str(key)] == [False]


async def test_a_party_that_was_inactive_from_the_start_is_not_told_at_all(tryton: Tryton) -> None:
    async with corner(tryton, count=2) as place:
        place.rpc("party.party.write", [place.ids[0]], {"active": False})
        rows = await rows_since(place.session, Object.CONTACT, ("name",), None)
    assert [row.key for row in rows] == [str(place.ids[1])]


async def test_a_party_that_leaves_the_category_is_told_as_deleted(tryton: Tryton) -> None:
    async with corner(tryton, count=3) as place:
        since = await settled(place, ("name",))
        place.rpc("party.party.write", [place.ids[1]], {"categories": [["remove", [place.tag]]]})
        rows = await rows_since(place.session, Object.CONTACT, ("name",), since)
    assert [row.key for row in rows if row.deleted] == [str(place.ids[1])]


async def test_losing_sight_of_most_records_stops_the_pull(tryton: Tryton) -> None:
    async with corner(tryton, count=30, page_size=50) as place:
        since = await settled(place, ("name",))
        place.rpc("party.party.write", place.ids[:25], {"categories": [["remove", [place.tag]]]})
        with pytest.raises(Malformed, match="too_many_gone"):
            await pages_of(place.session, Object.CONTACT, ("name",), since)


async def test_asking_for_another_field_reads_all_again(tryton: Tryton) -> None:
    async with corner(tryton, count=4, overlap_seconds=0) as place:
        since = await settled(place, ("name",))
        rows = await rows_since(place.session, Object.CONTACT, ("name", "phone"), since)
    assert {row.key for row in rows} == place.keys()
    assert all(row.fields["phone"] for row in rows)


async def test_related_fields_are_reached_by_two_underscores(tryton: Tryton) -> None:
    wanted = ("categories__name", "category", "addresses__country__code", "lang__code", "tax_identifier", "active")
    async with corner(tryton, count=1) as place:
        [country] = place.rpc("country.country.create", [{"name": "France", "code": "FR"}])
        place.rpc("party.address.create", [{"party": place.ids[0], "country": country}])
        place.rpc("party.identifier.create", [{"party": place.ids[0], "type": "fr_vat", "code": "FR23334175221"}])
        [row] = await rows_since(place.session, Object.ACCOUNT, wanted, None)
    name = place.session.settings.categories[0]
    assert row.fields == {
        "categories__name": name,
        "category": name,
        "addresses__country__code": "FR",
        "lang__code": None,
        "tax_identifier": "FR23334175221",
        "active": True,
    }


async def test_a_field_that_tryton_does_not_hold_is_absent(tryton: Tryton) -> None:
    wanted = ("name", "margin", "addresses", "addresses__", "__", "lang__nope", "name__code", "id", "a__b__c__d__e__f")
    async with corner(tryton, count=1) as place:
        [row] = await rows_since(place.session, Object.CONTACT, wanted, None)
    assert set(row.fields) == {"name"}


async def test_values_come_without_trytons_classes(tryton: Tryton) -> None:
    wanted = ("amount", "start_date", "party", "create_date", "state", "currency", "comment", "converted_by")
    async with corner(tryton, Object.OPPORTUNITY, 1) as place:
        [row] = await rows_since(place.session, Object.OPPORTUNITY, wanted, None)
    assert row.fields["amount"] == "1234.50"
    assert len(row.fields["start_date"]) == 10
    assert row.fields["party"] == row.refs["contact"] == row.refs["account"]
    assert row.fields["create_date"].endswith("Z")
    assert (row.fields["state"], row.fields["currency"]) == ("lead", "EUR")
    assert (row.fields["comment"], row.fields["converted_by"]) == (None, None)


async def test_the_firm_of_a_contact_may_be_another_field(tryton: Tryton) -> None:
    async with corner(tryton, count=2, account_field="replaced_by") as place:
        place.sql("UPDATE party_party SET replaced_by = ? WHERE id = ?", place.ids[0], place.ids[1])
        rows = await rows_since(place.session, Object.CONTACT, (), None)
    assert {row.refs["account"] for row in rows} == {str(place.ids[0])}


async def test_bad_records_are_put_aside_wherever_they_are(tryton: Tryton) -> None:
    async with corner(tryton, Object.OPPORTUNITY, 2, page_size=2) as place:
        for _ in range(5):
            place.spoil()
        good = place.opportunity(place.party("Suivante"))
        place.spoil()
        pages = await pages_of(place.session, Object.OPPORTUNITY, ("amount",))
        assert {row.key for row in rows_of(pages)} == {*place.keys(), str(good)}
        rejects = [reject for page in pages for reject in page.rejects]
        assert {reject.code for reject in rejects} == {"crm_failed"}
        assert len({reject.key for reject in rejects}) == len(rejects) == 6
        again = await pages_of(place.session, Object.OPPORTUNITY, ("amount",), pages[-1].cursor)
        assert not any(row.deleted for row in rows_of(again))


async def test_a_cursor_that_is_none_holds_the_pull(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        for text in ("x", "{}", '{"at":{"m":["soon",1]},"seen":{},"held":"","of":""}'):
            with pytest.raises(Malformed):
                await pages_of(place.session, Object.CONTACT, ("name",), text)


async def test_a_wrong_password_is_misconfigured_and_says_nothing_of_it(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        with pytest.raises(Misconfigured) as caught:
            await pages_of(place.locked_out, Object.CONTACT, ("name",))
    assert (caught.value.code, caught.value.fields) == ("login_refused", ("user", "password"))


async def test_an_unknown_database_is_misconfigured(tryton: Tryton) -> None:
    async with session_of(tryton, database="nowhere") as session:
        with pytest.raises(Misconfigured, match="no_such_address"):
            await pages_of(session, Object.CONTACT, ("name",))


async def test_a_session_that_ended_is_opened_again(tryton: Tryton) -> None:
    async with corner(tryton, count=1) as place:
        await pages_of(place.session, Object.CONTACT, ("name",))
        place.sql("DELETE FROM ir_session WHERE create_uid = 1 AND key != ?", key_of(tryton))
        assert len(await rows_since(place.session, Object.CONTACT, ("name",), None)) == 1


def key_of(server: Tryton) -> str:
    """The session of the test itself, which has to go on."""
    token = server.client.headers["Authorization"].partition(" ")[2]
    return base64.b64decode(token).decode().split(":")[2]


async def test_a_cursor_stays_short_and_says_what_it_read(crm_sales: Sales) -> None:
    async with session_of(crm_sales.server) as session:
        pages = await pages_of(session, Object.OPPORTUNITY, ("state",))
    assert max(len(page.cursor) for page in pages) < 1000
    assert len(read_cursor(pages[-1].cursor).held) == len(crm_sales.told.opportunities)
