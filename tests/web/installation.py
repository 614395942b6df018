"""Two links on one real database, between the sandbox CRM and the sandbox dialer, all over loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from connectors.http import seam_for
from connectors.open_dialer import CONNECTOR as OPEN_DIALER
from connectors.port import Connector, Session
from connectors.sandbox_crm import CONNECTOR as SANDBOX_CRM
from mapping.link import Link
from mapping.policy import compile_link
from mapping.words import Side
from store import conservation, decisions
from store.database import Database
from streams.embedded import EmbeddedRuntime
from streams.inbound import Inbound
from streams.link import Endpoint, Gear, LinkRuntime, Pace
from streams.metrics import Metrics
from streams.outbound import Outbound
from streams.ruling import Ruling
from tests.canary import canary
from tests.web.doorway import HOOK, SIGNING, TOKEN, whsec
from tests.web.serving import serving
from web.app import create
from web.desk import LinkDesk
from web.sandbox import crm as crm_server
from web.sandbox import dialer as dialer_server
from web.sandbox.crm_state import Crm
from web.sandbox.dialer import Dialer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OURS = bytes(range(40))
LINKS = ("nord", "sud")

LINK_FILE: dict[str, Any] = {
    "revision": {"reason": "Campagne T4", "date": date(2026, 11, 20), "decided_by": "direction"},
    "crm": {"connector": "sandbox_crm", "connection": "crm"},
    "dialer": {"connector": "open_dialer", "connection": "dialer"},
    "labels": {
        "contact": {"phone": "reachability", "first_name": "identity", "status": "progress", "notes": "confidential"},
        "account": {"name": "identity", "industry": "context", "discount": "pricing"},
        "opportunity": {"stage": "progress", "margin": "margin"},
    },
    "roles": {
        "contributor": {
            "read": {"contact": ["identity", "reachability"], "account": ["identity", "context"]},
            "write": ["call_result", "comment", "next_action", "propose_lead_status", "propose_appointment"],
        },
        "validator": {
            "extends": "contributor",
            "read": {"contact": ["progress"], "opportunity": ["progress"]},
            "write": ["set_lead_status", "validate_appointment"],
        },
    },
    "profiles": {
        "teleoperator": {"role": "contributor", "perimeter": "project"},
        "mission_lead": {"role": "validator", "perimeter": "all"},
    },
    "perimeter": {
        "model": "open",
        "projects": {"retail": {"where": {"account.industry": ["retail"]}, "ends": date(2026, 12, 31)}},
    },
    "fields": [
        {"from": "contact.phone", "to": "phone", "as": "e164"},
        {"from": "contact.first_name", "to": "prenom"},
        {"from": "contact.status", "to": "statut"},
        {"from": "account.name", "to": "company"},
        {"from": "opportunity.stage", "to": "etape"},
    ],
    "dispositions": {
        "NRP": {"is": "no_answer"},
        "RDV": {"is": "appointment_proposed"},
        "RAPPEL": {"is": "callback"},
    },
    "statuses": {"en_cours": "Engaging"},
}


def stocked(link: str) -> Crm:
    """Contacts 1 to 3 in the campaign, 9 outside it, all with things that must stay home."""
    crm = Crm()
    shop, plant = {"id": "7", "industry": "retail"}, {"id": "8", "industry": "energie"}
    crm.load(
        "account", [{**one, "name": f"{link} {one['id']}", "discount": canary("discount")} for one in (shop, plant)]
    )
    crm.load("opportunity", [{"id": "70", "account": "7", "stage": "Engaging", "margin": canary("margin")}])
    crm.load(
        "contact",
        [
            {
                "id": f"{link}-{number}",
                "account": "8" if number == 9 else "7",
                "phone": f"+3319900{number:04}",
                "first_name": "Ana",
                "status": "nouveau",
                "notes": canary("notes"),
            }
            for number in (1, 2, 3, 9)
        ],
    )
    return crm


@dataclass
class Installation:
    """Everything between two systems, and the systems."""

    database: Database
    app: FastAPI
    runtime: EmbeddedRuntime
    metrics: Metrics
    crms: dict[str, Crm] = field(default_factory=dict)
    dialers: dict[str, Dialer] = field(default_factory=dict)

    async def work(self) -> None:
        await self.runtime.drain()

    def settle(self, seconds: int = 5) -> None:
        """Let so many seconds pass for the feed, which stays one second behind."""
        stamps = ", ".join(f"{name} = {name} - :us" for name in ("disclosed_at", "recalled_at", "changed_at"))
        moved = f"UPDATE disclosures SET {stamps}"
        self.database.writer.write_now(lambda conn: conn.execute(text(moved), {"us": seconds * 1_000_000}))

    def decided(self, event: str, link: str = "nord") -> tuple[str, str] | None:
        with self.database.read() as conn:
            kept = decisions.of_event(conn, link, link, event)
        return (kept.decision.verdict.value, kept.decision.reason.value) if kept else None

    def imbalance(self) -> int:
        with self.database.read() as conn:
            return sum(abs(conservation.balance(conn, link, link, side).imbalance) for link in LINKS for side in Side)


@asynccontextmanager
async def installed(folder: Path, connector: Connector = OPEN_DIALER, **dialer: Any) -> AsyncIterator[Installation]:
    """Both links, stocked; `dialer` changes the dialer connection's settings, `base_url=""` for one that fetches."""
    database = Database.open(f"sqlite:///{folder / 'ecluse.db'}", kek=bytes(range(32)))
    database.migrate()
    async with AsyncExitStack() as stack:
        stack.callback(database.close)
        links, crms, dialers = {}, {}, {}
        for name in LINKS:
            crms[name], dialers[name] = stocked(name), Dialer(keys=(OURS,))
            stack.push_async_callback(dialers[name].client.aclose)
            crm_url = await stack.enter_async_context(serving(crm_server.application(crms[name])))
            dialer_url = await stack.enter_async_context(serving(dialer_server.application(dialers[name])))
            settings = {"base_url": dialer_url, "send_secrets": [whsec(OURS)], "inlet": _inlet(name), **dialer}
            links[name] = _link(name, {"base_url": crm_url}, connector, settings)
            for end in (links[name].crm, links[name].dialer):
                stack.push_async_callback(end.session.http.aclose)  # type: ignore[attr-defined]
        metrics = Metrics()
        gear = Gear(
            database, metrics, Pace(disk_floor_bytes=0, echo_seconds=0.2), clock=lambda: NOW, chance=lambda: 0.0
        )
        runtime = EmbeddedRuntime(list(links.values()), gear, folder=folder)
        app = create(LinkDesk(runtime, gear, links), clock=NOW.timestamp)
        runtime.pulse.started = True
        yield Installation(database, app, runtime, metrics, crms, dialers)
        await runtime.stop()


def _inlet(name: str) -> dict[str, list[str]]:
    return {"tokens": [TOKEN[name]], "signing_secrets": [whsec(SIGNING[name])], "hook_secrets": [HOOK[name]]}


def _link(name: str, crm: dict[str, Any], connector: Connector, dialer: dict[str, Any]) -> LinkRuntime:
    policy = compile_link(Link.model_validate({"link": name, **LINK_FILE}), views=connector.views)
    crm_settings, dialer_settings = (
        SANDBOX_CRM.settings.model_validate(crm),
        connector.settings.model_validate(dialer),
    )
    return LinkRuntime(
        Ruling(policy, Outbound(policy), Inbound(policy)),
        Endpoint(SANDBOX_CRM, Session(crm_settings, seam_for(crm_settings)), f"crm-{name}", rate=10_000),
        Endpoint(connector, Session(dialer_settings, seam_for(dialer_settings)), f"dialer-{name}", rate=10_000),
    )
