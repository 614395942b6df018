"""The connector on the page for those who write one is whole, and keeps every promise."""

import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from connectors.contract import ConnectorContract, PullContract, PushContract
from connectors.faults import Misconfigured
from connectors.port import Answer, Order, Session
from mapping.words import CommandKind, Object

PAGE = Path(__file__).resolve().parents[2] / "docs/connectors/writing.md"


def module_of(page: Path) -> ModuleType:
    """The first block of Python on the page, as a module."""
    found = re.search(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found
    module = ModuleType("acme_on_the_page")
    sys.modules[module.__name__] = module
    exec(compile(found[1], str(page), "exec"), module.__dict__)
    return module


ACME = module_of(PAGE)


class Acme:
    """Acme's side of its API, in memory."""

    def __init__(self) -> None:
        self.settings = ACME.Settings(base_url="https://acme.example/v3", token="right", page_size=3)
        self.session: Session[Any] = Session(self.settings, self)
        wrong = self.settings.model_copy(update={"token": ACME.SecretStr("wrong")})
        self.locked_out: Session[Any] = Session(wrong, self)
        self.leads: dict[str, dict[str, Any]] = {}
        self.comments: list[str] = []
        self.clock = 0
        for key in range(1, 9):
            self.save(str(key), name=f"Atelier {key}", phone=f"01 99 00 00 {key:02d}")

    def save(self, key: str, **fields: Any) -> None:
        self.clock += 1
        lead = self.leads.pop(key, {"id": key})
        self.leads[key] = {**lead, **fields, "updated_at": f"2026-11-20T10:00:{self.clock:02d}Z"}

    async def request(self, method: str, path: str, **what: Any) -> Answer:
        if what["headers"]["Authorization"] != "Bearer right":
            raise Misconfigured("unauthorised")
        if method == "PUT":
            _, _, lead, _, once = path.split("/")
            if lead not in self.leads:
                return Answer(404, {}, b"")
            self.comments += [once] if once not in self.comments else []
            return Answer(200, {}, b"{}")
        return Answer(200, {}, orjson.dumps(self.page(what["params"])))

    def page(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        after = wanted.get("after", "")
        later = [lead for lead in self.leads.values() if f"{lead['updated_at']}|{lead['id']}" > after]
        some = later[: int(wanted["limit"])]
        shown = {*wanted.get("fields", "").split(","), "id", "updated_at", "is_archived", "company"}
        leads = [{name: value for name, value in lead.items() if name in shown} for lead in some]
        return {"leads": leads, "next": f"{some[-1]['updated_at']}|{some[-1]['id']}" if some else after}

    def keys(self) -> set[str]:
        return {key for key, lead in self.leads.items() if not lead.get("is_archived") and key != "bad"}

    def change(self, key: str) -> None:
        self.save(key, name="Autre", phone="01 99 00 01 01")

    def remove(self, key: str) -> bool:
        self.save(key, is_archived=True)
        return True

    def spoil(self) -> bool:
        self.save("bad", is_archived="perhaps")
        return True

    def order(self, kind: CommandKind) -> Order:
        self.clock += 1
        return Order(f"k-{self.clock}", kind, "contact/1", {"text": "vu"})

    def lost(self, kind: CommandKind) -> Order | None:
        return Order("k-lost", kind, "contact/99", {"text": "vu"})

    def effects(self, order: Order) -> int:
        return self.comments.count(order.once)


class TestTheConnectorOnThePage(PullContract, PushContract, ConnectorContract):
    connector = ACME.CONNECTOR
    object = Object.CONTACT
    fields = ("name", "phone")
    doc: str | None = ACME.__doc__

    @pytest.fixture(autouse=True)
    def _page(self, tmp_path: Path) -> None:
        self.page = tmp_path / "acme.md"
        self.page.write_text(" ".join(f"`{name}`" for name in ACME.Settings.model_fields))

    @asynccontextmanager
    async def staged(self) -> AsyncIterator[Acme]:
        yield Acme()
