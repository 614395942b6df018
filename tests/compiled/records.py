"""Whole events out of the demonstration's records: of the firm that is made up, and of the real data where it is."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from connectors import registry
from ecluse.demo import scenario
from ecluse.demo.real import real
from ecluse.demo.scenario import Scenario
from mapping.policy import Policy, compile_link
from mapping.reader import read_link
from mapping.words import EventType, Object
from streams.whole import data_of, envelope

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TODAY = date(2026, 11, 20)


class Row(NamedTuple):
    """A CRM record as intake stores it."""

    object: str
    key: str
    fields: Mapping[str, Any]
    refs: Mapping[str, str]
    owner: Mapping[str, str]
    version: str = "1"


def made_up() -> tuple[Policy, list[bytes]]:
    return _played(scenario.made_up(2026, TODAY))


def real_data() -> tuple[Policy, list[bytes]]:
    return _played(real(DATA, 2026, TODAY))


def _played(story: Scenario) -> tuple[Policy, list[bytes]]:
    link = read_link(story.link, "link.yaml", views=True).link
    assert link is not None
    policy = compile_link(link, views=registry.connector(link.dialer.connector).views)
    return policy, list(_events(policy, story))


def _events(policy: Policy, story: Scenario) -> Iterator[bytes]:
    asked = policy.asked()
    rows = {
        item: {row["id"]: _row(item, row, asked[item]) for row in story.rows[item.value]}
        for item in (Object.ACCOUNT, Object.CONTACT, Object.OPPORTUNITY)
    }
    deals = {row.refs["contact"]: row for row in rows[Object.OPPORTUNITY].values() if "contact" in row.refs}
    for number, (key, contact) in enumerate(rows[Object.CONTACT].items()):
        deal = deals.get(key)
        account = rows[Object.ACCOUNT].get(contact.refs.get("account", ""))
        yield envelope(
            key=f"e{number}", kind=EventType.CRM_CHANGED, source="crm", record=f"contact/{key}",
            time="2026-11-20T10:11:12Z", tenant=policy.tenant, origin="live", data=data_of(contact, account, deal),
        )  # fmt: skip


def _row(item: Object, row: Mapping[str, Any], asked: tuple[str, ...]) -> Row:
    refs = {name: row[name] for name in ("account", "contact") if row.get(name)}
    owner = {name: row[f"owner_{name}"] for name in ("id", "team", "territory") if row.get(f"owner_{name}")}
    return Row(item.value, row["id"], {name: row[name] for name in asked if name in row}, refs, owner)
