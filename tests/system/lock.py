"""The whole lock on a real database: a CRM, the sandbox dialer over HTTP, and what comes between them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from connectors.http import seam_for
from connectors.open_dialer import CONNECTOR as OPEN_DIALER
from connectors.port import Connector, PersonRow, Session
from mapping.link import Link
from mapping.policy import Policy, compile_link
from mapping.words import Side
from store import conservation, people
from store.conservation import Balance
from store.database import Database
from streams.embedded import EmbeddedRuntime
from streams.inbound import Inbound
from streams.link import Endpoint, Gear, LinkRuntime, Pace
from streams.metrics import Metrics
from streams.outbound import Outbound
from streams.ruling import Ruling
from tests.web.serving import serving
from web.app import create
from web.desk import LinkDesk
from web.sandbox import dialer as dialer_server
from web.sandbox.dialer import Dialer
from web.sandbox.telling import Ecluse, send_events

KEK = bytes(range(32))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_WHSEC = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
_TOKEN = "jeton-de-la-plateforme-0123456789"


@dataclass
class Lock:
    """One link, between both sides, running step by step."""

    policy: Policy
    database: Database
    runtime: EmbeddedRuntime
    metrics: Metrics
    dialer: Dialer
    ecluse: Ecluse

    async def work(self) -> None:
        """Until nothing is left to do."""
        await self.runtime.drain()

    async def tell(self, *events: Mapping[str, Any]) -> dict[str, int]:
        """What the dialer says, signed, over HTTP; everything that follows from it is done on return."""
        told = await send_events(self.dialer.client, self.ecluse, events)
        await self.work()
        return told

    def balance(self, side: Side) -> Balance:
        with self.database.read() as conn:
            return conservation.balance(conn, self.policy.tenant, self.policy.link, side)


@asynccontextmanager
async def locked(
    link: Mapping[str, Any], crm: Connector, crm_settings: Mapping[str, Any], who: Sequence[PersonRow],
    url: str, folder: Path, dialer: Dialer,
) -> AsyncIterator[Lock]:  # fmt: skip
    """A link between a CRM and a sandbox dialer, on the database at `url`. The dialer outlives the lock."""
    database = Database.open(url, kek=KEK)
    async with AsyncExitStack() as stack:
        stack.callback(database.close)
        database.migrate()
        policy = compile_link(Link.model_validate(link), views=OPEN_DIALER.views)
        database.writer.write_now(
            partial(_save, database=database, policy=policy, who=[row for row in who if row.profile in policy.profiles])
        )
        address = await stack.enter_async_context(serving(dialer_server.application(dialer)))
        ends = [
            _endpoint(crm, crm_settings),
            _endpoint(OPEN_DIALER, {
                "base_url": address,
                "send_secrets": [_WHSEC],
                "inlet": {"tokens": [_TOKEN], "signing_secrets": [_WHSEC]},
            }),
        ]  # fmt: skip
        for end in ends:
            stack.push_async_callback(end.session.http.aclose)  # type: ignore[attr-defined]
        running = LinkRuntime(Ruling(policy, Outbound(policy), Inbound(policy)), ends[0], ends[1])
        metrics = Metrics()
        gear = Gear(database, metrics, Pace(disk_floor_bytes=0, echo_seconds=0.2), clock=lambda: NOW)
        runtime = EmbeddedRuntime([running], gear, folder=folder)
        runtime.pulse.started = True
        stack.push_async_callback(runtime.stop)
        app = create(LinkDesk(runtime, gear, {policy.link: running}))
        listening = await stack.enter_async_context(serving(app))
        yield Lock(policy, database, runtime, metrics, dialer, Ecluse(listening, policy.link, _WHSEC, _TOKEN))


def _save(conn: Any, database: Database, policy: Policy, who: Sequence[PersonRow]) -> None:
    people.save(conn, database.keys, policy.tenant, policy.link, who)


def _endpoint(connector: Connector, values: Mapping[str, Any]) -> Endpoint:
    settings = connector.settings.model_validate(values)
    return Endpoint(connector, Session(settings, seam_for(settings)), f"{connector.name}-1", rate=10_000)
