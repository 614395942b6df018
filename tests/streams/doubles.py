"""A CRM and a dialer that hold state, declare their keys and count effects; and processors of a few lines.

They honour `Order.once`: an order that comes twice has one effect. What they hold is the truth that
tests compare with: never what Écluse says of itself.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from connectors.port import Asked, Connector, Delivered, Finding, Order, Outcome, Page, Reject, Row, Session
from mapping.decisions import Command, Decision
from mapping.reasons import Reason
from mapping.words import CRM_WRITES, CommandKind, Object, Side, Verdict

#: Called before and after an order is applied; raises what the network or the target would.
Fault = Callable[[str, Order], None]


class NoSettings(BaseModel):
    """Nothing to set."""


class NoHttp:
    async def request(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a double needs no network")


def session() -> Session[NoSettings]:
    return Session(NoSettings(), NoHttp())


async def allowed(_: Session[Any]) -> Sequence[Finding]:
    return (Finding(ok=True, code="reachable"),)


class Target:
    """What both doubles have: orders applied once, and what was seen of each record, in order."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault
        self.effects: Counter[str] = Counter()
        self.calls: Counter[CommandKind] = Counter()
        self.seen: dict[str, list[Order]] = defaultdict(list)
        self.answers: dict[str, Outcome] = {}

    async def push(self, _: Session[Any], orders: Sequence[Order]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for order in orders:
            self.calls[order.kind] += 1
            self._strike("before", order)
            if order.once not in self.answers:
                self.effects[order.once] += 1
                self.seen[order.record].append(order)
                self.answers[order.once] = self.apply(order)
            outcomes.append(self.answers[order.once])
            self._strike("after", order)
        return outcomes

    def _strike(self, when: str, order: Order) -> None:
        if self.fault is not None:
            self.fault(when, order)

    def apply(self, order: Order) -> Outcome:
        raise NotImplementedError


class CrmDouble(Target):
    """A CRM: rows with a running number of change as cursor, and the five writes."""

    def __init__(self, page_size: int = 50, fault: Fault | None = None) -> None:
        super().__init__(fault)
        self.page_size = page_size
        self.rows: dict[tuple[Object, str], Row] = {}
        self.changes: list[tuple[Object, str]] = []
        self.broken: dict[tuple[Object, str], str] = {}
        self.pulls = 0

    def put(
        self,
        item: Object,
        key: str,
        fields: Mapping[str, Any],
        refs: Mapping[str, str] | None = None,
        owner: Mapping[str, str] | None = None,
    ) -> None:
        self.changes.append((item, key))
        self.rows[item, key] = Row(item, key, dict(fields), refs or {}, owner or {}, str(len(self.changes)))

    def change(self, item: Object, key: str, **fields: Any) -> None:
        row = self.rows[item, key]
        self.put(item, key, {**row.fields, **fields}, row.refs, row.owner)

    def remove(self, item: Object, key: str) -> None:
        self.changes.append((item, key))
        self.rows[item, key] = self.rows[item, key]._replace(deleted=True, version=str(len(self.changes)))

    async def pull(self, _: Session[Any], asked: Asked, cursor: str | None) -> AsyncIterator[Page]:
        self.pulls += 1
        at = int(cursor or 0)
        while True:
            found = [
                (number, self.rows[change])
                for number, change in enumerate(self.changes[at:], at + 1)
                if change[0] is asked.object
            ][: self.page_size]
            if not found:
                return
            at = found[-1][0]
            good = [row for _, row in found if (row.object, row.key) not in self.broken]
            bad = [row for _, row in found if (row.object, row.key) in self.broken]
            yield Page(
                [row._replace(fields={k: v for k, v in row.fields.items() if k in asked.fields}) for row in good],
                [Reject(row.key, self.broken[row.object, row.key], ("phone",)) for row in bad],
                str(at),
            )

    def apply(self, order: Order) -> Outcome:
        if order.kind is CommandKind.SET_STATUS:
            self.change(Object.CONTACT, order.record.partition("/")[2], status=f" {order.body['status']}".upper())
            return Delivered(order.once, {f"{order.record}.status": order.body["status"]})
        return Delivered(order.once)

    def connector(self, batch: int = 1) -> Connector:
        return Connector(
            name="crm_double",
            side=Side.CRM,
            settings=NoSettings,
            access=allowed,
            sources=dict.fromkeys(Object, self.pull),
            sinks=dict.fromkeys(CRM_WRITES, self.push),
            batch=batch,
            rate=1e6,
        )


class DialerDouble(Target):
    """A dialer: prospects that it holds, by record."""

    def __init__(self, fault: Fault | None = None) -> None:
        super().__init__(fault)
        self.prospects: dict[str, Mapping[str, Any]] = {}

    def apply(self, order: Order) -> Outcome:
        if order.kind is CommandKind.UPSERT_PROSPECT:
            self.prospects[order.record] = order.body
        else:
            self.prospects.pop(order.record, None)
        return Delivered(order.once)

    def connector(self, batch: int = 1) -> Connector:
        kinds = (CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT)
        return Connector(
            name="dialer_double",
            side=Side.DIALER,
            settings=NoSettings,
            access=allowed,
            sinks=dict.fromkeys(kinds, self.push),
            batch=batch,
            rate=1e6,
        )


class Sends:
    """CRM → dialer in a few lines: sends a contact that has a phone, in the campaign of its account's industry."""

    def __init__(self, revision: str = "rev1", poison: str = "") -> None:
        self.revision = revision
        self.poison = poison
        self.ended: set[str] = set()

    def decide(self, batch: Sequence[bytes], now: datetime) -> list[Decision]:
        return [self._one(orjson.loads(raw)) for raw in batch]

    def _one(self, event: dict[str, Any]) -> Decision:
        if self.poison and event.get("subject") == self.poison:
            raise RuntimeError("poison")
        name, record = event["id"], event.get("subject", "")
        if event.get("specversion") != "1.0":
            return self._end(name, Verdict.QUARANTINE, Reason.MALFORMED, record)
        if event["type"] == "crm.contact.deleted":
            return self._end(name, Verdict.WITHHOLD, Reason.RECORD_DELETED, record)
        if event.get("echo"):
            return self._end(name, Verdict.WITHHOLD, Reason.ECHO, record)
        contact, account = event["data"]["contact"], event["data"]["account"]
        if account.get("industry") in {"closed", *self.ended}:
            return self._end(name, Verdict.WITHHOLD, Reason.CAMPAIGN_CLOSED, record)
        if not contact.get("phone"):
            return self._end(name, Verdict.WITHHOLD, Reason.NOTHING_CLEARED, record)
        fields = {key: value for key, value in contact.items() if key != "id"} | {"company": account.get("name")}
        body = {"campaign": account.get("industry", ""), "fields": fields, "dial": event["origin"] != "backfill"}
        command = Command(CommandKind.UPSERT_PROSPECT, record, body)
        return self._end(name, Verdict.SEND, Reason.CLEARED, record)._replace(
            sent=("/contact/phone",), stripped=("/opportunity/margin",), command=command, profile="teleoperator"
        )

    def _end(self, name: str, verdict: Verdict, reason: Reason, record: str) -> Decision:
        return Decision(name, verdict, reason, self.revision, "", (), (), (), None, record)


class Stumbles(Sends):
    """Raises for one record in so many, as long as they are more than 25."""

    def __init__(self, revision: str, every: int) -> None:
        super().__init__(revision)
        self.every = every

    def _one(self, event: dict[str, Any]) -> Decision:
        if int(event["subject"].partition("/")[2]) % self.every == 25:
            raise RuntimeError("poison")
        return super()._one(event)
