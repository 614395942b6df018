"""The least rights that docs/connectors/tryton.md asks for are enough, and less is noticed."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from connectors.contract import PushContract, run
from connectors.faults import Misconfigured
from connectors.port import Asked
from connectors.tryton import CONNECTOR
from connectors.tryton.pulling import pull
from mapping.words import Object
from tests.connectors.staged_tryton import Corner, corner, session_of
from tests.services.tryton import Tryton

PASSWORD = "another-test-password"
NOTHING = {"perm_read": False, "perm_write": False, "perm_create": False, "perm_delete": False}
LEAST = {"perm_read": True, "perm_write": True, "perm_create": False, "perm_delete": False}


def user(server: Tryton, login: str, rights: Mapping[str, Mapping[str, bool]]) -> None:
    """A user of the firm in a group of its own that holds these rights; nobody else of the firm keeps them."""
    if server.rpc("model.res.user.search", [["login", "=", login]], 0, None, None, {}):
        return
    [group] = server.rpc("model.res.group.create", [{"name": login}], {})
    company = server.context["company"]
    values = {
        "name": login,
        "login": login,
        "password": PASSWORD,
        "companies": [["add", [company]]],
        "company": company,
    }
    server.rpc("model.res.user.create", [values | {"groups": [["add", [group]]]}], {})
    for model, held in rights.items():
        rows = [{"model": model, **NOTHING}, {"model": model, "group": group, **held}]
        server.rpc("model.ir.model.access.create", rows, {})


class TestTheLeastRights(PushContract):
    connector = CONNECTOR

    @pytest.fixture(autouse=True)
    def _server(self, tryton: Tryton) -> None:
        self.server = tryton
        user(tryton, "ecluse", {"party.party": LEAST, "sale.opportunity": LEAST})

    def staged(self) -> AbstractAsyncContextManager[Corner]:
        return corner(self.server, user="ecluse", password=PASSWORD)

    def test_nothing_is_missing_and_nothing_too_much(self) -> None:
        async def story() -> None:
            async with self.staged() as place:
                findings = await CONNECTOR.access(place.session)
            assert all(finding.ok for finding in findings)
            assert "more_than_needed" not in {finding.code for finding in findings}

        run(story())

    @pytest.mark.parametrize("kind", list(CONNECTOR.sources))
    def test_all_can_be_read(self, kind: Object) -> None:
        async def story() -> None:
            async with corner(self.server, kind, 4, user="ecluse", password=PASSWORD) as place:
                asked = Asked(kind, ("name", "phone", "city", "state", "amount"))
                pages = [page async for page in pull(place.session, asked, None)]
            assert {row.key for page in pages for row in page.rows} == place.keys()

        run(story())


async def test_an_administrator_has_more_than_is_needed(tryton: Tryton) -> None:
    async with session_of(tryton) as session:
        findings = await CONNECTOR.access(session)
    assert all(finding.ok for finding in findings)
    [spare] = [finding for finding in findings if finding.code == "more_than_needed"]
    assert "party.party:delete" in spare.fields


async def test_a_right_that_is_missing_is_named(tryton: Tryton) -> None:
    reader = {"party.category": LEAST}
    user(tryton, "ecluse", {"party.party": LEAST, "sale.opportunity": LEAST})
    user(tryton, "lecteur", reader)
    async with session_of(tryton, user="lecteur", password=PASSWORD) as session:
        findings = await CONNECTOR.access(session)
        missing = {field for finding in findings if not finding.ok for field in finding.fields}
        with pytest.raises(Misconfigured, match="not_allowed: sale"):
            [page async for page in pull(session, Asked(Object.OPPORTUNITY, ("state",)), None)]
    assert {"sale.opportunity:read", "sale.opportunity:write", "party.party:write"} <= missing


async def test_a_wrong_password_is_found_before_anything_else(tryton: Tryton) -> None:
    async with session_of(tryton, password="wrong") as session:
        [finding] = await CONNECTOR.access(session)
    assert (finding.ok, finding.code) == (False, "login_refused")


@pytest.mark.parametrize(("field", "held"), [("replaced_by", True), ("parent_company", False)])
async def test_the_field_of_the_firm_is_looked_for(tryton: Tryton, field: str, *, held: bool) -> None:
    async with session_of(tryton, account_field=field) as session:
        findings = await CONNECTOR.access(session)
    assert [finding.ok for finding in findings if finding.fields == (f"party.party.{field}",)] == [held]
