"""The port's promises, kept by the Tryton connector against a real Tryton."""

from contextlib import AbstractAsyncContextManager

import pytest

import connectors.tryton
from connectors.contract import ConnectorContract, PullContract, PushContract
from connectors.tryton import CONNECTOR
from mapping.words import Object
from tests.connectors.staged_tryton import Corner, corner
from tests.services.tryton import Tryton


class OnTryton:
    """Gives each story a corner of its own."""

    connector = CONNECTOR
    doc: str | None = connectors.tryton.__doc__
    object = Object.CONTACT

    @pytest.fixture(autouse=True)
    def _server(self, tryton: Tryton) -> None:
        self.server = tryton

    def staged(self) -> AbstractAsyncContextManager[Corner]:
        return corner(self.server, self.object, 7)


class TestContacts(OnTryton, PullContract, ConnectorContract):
    object = Object.CONTACT
    fields = ("name", "phone")


class TestAccounts(OnTryton, PullContract):
    object = Object.ACCOUNT
    fields = ("name", "phone")


class TestOpportunities(OnTryton, PullContract):
    object = Object.OPPORTUNITY
    fields = ("description", "amount")


class TestWrites(OnTryton, PushContract):
    def staged(self) -> AbstractAsyncContextManager[Corner]:
        return corner(self.server)
