"""The port's promises, asked of the sandbox CRM's connector and of both dialers'."""

import csv
import itertools
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors import jobphoning, open_dialer, sandbox_crm
from connectors.contract import ConnectorContract, PullContract, PushContract
from connectors.http import HttpSeam, NoHttp
from connectors.port import Order, Session
from mapping.words import CommandKind, Object
from tests.connectors.test_open_dialer import BODY
from tests.connectors.test_sandbox_crm import BODIES
from tests.web.doorway import whsec
from tests.web.serving import serving
from web.sandbox import crm as crm_server
from web.sandbox import dialer as dialer_server
from web.sandbox.crm_state import Crm, Record
from web.sandbox.dialer import Dialer

UPSERT, RECALL = CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT
KEY = bytes(range(32))


@dataclass
class CrmStage:
    """The sandbox CRM, which counts for itself."""

    crm: Crm
    session: Session[Any]
    locked_out: Session[Any]
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def keys(self) -> set[str]:
        return {key for key in self.crm.objects["contact"] if key != "bad"}

    def change(self, key: str) -> None:
        self.crm.edit("contact", key, {"phone": "+33199009999", "status": "vu"})

    def remove(self, key: str) -> bool:
        return self.crm.delete("contact", key)

    def spoil(self) -> bool:
        owner: Any = {"id": 5}
        self.crm.objects["contact"]["bad"] = Record("bad", {}, {}, owner, 0)
        self.crm.edit("contact", "bad", {"phone": "1"})
        return True

    def order(self, kind: CommandKind) -> Order:
        number = next(self.numbers)
        return Order(
            f"k-{kind}-{number}", kind, f"contact/{40 + number % 7}", {**BODIES[kind], "author": {"id": "tp-1"}}
        )

    def lost(self, kind: CommandKind) -> Order | None:
        return self.order(kind)._replace(record="contact/nobody")

    def effects(self, order: Order) -> int:
        return sum(order.once in items for items in self.crm.written.values())


class TestSandboxCrm(PullContract, PushContract, ConnectorContract):
    connector = sandbox_crm.CONNECTOR
    object = Object.CONTACT
    fields = ("phone", "status")
    page = Path("docs/connectors/sandbox.md")

    @asynccontextmanager
    async def staged(self) -> AsyncIterator[CrmStage]:
        crm = Crm()
        rows = [{"id": str(n), "phone": f"+331990000{n}", "status": "nouveau", "notes": "x"} for n in range(40, 47)]
        crm.load("contact", rows)
        async with serving(crm_server.application(crm, "jeton")) as url, HttpSeam(url) as http:
            known, stranger = (
                Session(sandbox_crm.Settings.model_validate({"base_url": url, "token": token, "page_size": 3}), http)
                for token in ("jeton", "faux")
            )
            yield CrmStage(crm, known, stranger)


@dataclass
class DialerStage:
    """A dialer, and how it tells what it holds."""

    session: Session[Any]
    locked_out: Session[Any]
    count: Callable[[Order], int]
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def order(self, kind: CommandKind) -> Order:
        body = (
            {**BODY, "reason": "campaign_closed"} if kind is UPSERT else {"campaign": "t4", "reason": "campaign_closed"}
        )
        number = next(self.numbers)
        return Order(f"k-{number}", kind, f"contact/{number}", body)

    def lost(self, kind: CommandKind) -> Order | None:
        return None  # an unknown prospect is a new one, and is erased already

    def effects(self, order: Order) -> int:
        return self.count(order)


class TestOpenDialer(PushContract, ConnectorContract):
    connector = open_dialer.CONNECTOR
    doc = open_dialer.__doc__
    page = Path("docs/connectors/open-dialer.md")

    @asynccontextmanager
    async def staged(self) -> AsyncIterator[DialerStage]:
        dialer = Dialer(keys=(KEY,))

        def count(order: Order) -> int:
            return int(order.record in (dialer.prospects if order.kind is UPSERT else dialer.recalled))

        async with serving(dialer_server.application(dialer)) as url, HttpSeam(url) as http:
            mine, theirs = (
                Session(open_dialer.Settings.model_validate({"base_url": url, "send_secrets": [whsec(key)]}), http)
                for key in (KEY, bytes(32))
            )
            yield DialerStage(mine, theirs, count)
        await dialer.client.aclose()


class TestJobPhoning(PushContract, ConnectorContract):
    connector = jobphoning.CONNECTOR

    @asynccontextmanager
    async def staged(self) -> AsyncIterator[DialerStage]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)

            def count(order: Order) -> int:
                found = folder.glob("prospects-*.csv" if order.kind is UPSERT else "rappels-*.csv")
                texts = [path.read_text("utf-8-sig").splitlines() for path in found]
                rows = [row for lines in texts for row in csv.DictReader(lines, delimiter=";")]
                return sum(row["id"] == order.record for row in rows)

            there, absent = (
                Session(jobphoning.Settings.model_validate({"import_folder": place}), NoHttp())
                for place in (folder, folder / "absent")
            )
            yield DialerStage(there, absent, count)
