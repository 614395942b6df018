"""The sandbox CRM's connector against the sandbox CRM itself, over a wire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.faults import Fault, Misconfigured
from connectors.http import HttpSeam
from connectors.port import Asked, Delivered, Order, Page, Refused, Session
from connectors.sandbox_crm import CONNECTOR, Settings
from mapping.words import CRM_WRITES, CommandKind, Object
from tests.web.serving import serving
from web.sandbox.crm import application
from web.sandbox.crm_state import Crm

TOKEN = "jeton-du-bac-à-sable".replace("à", "a")

BODIES: dict[CommandKind, dict[str, Any]] = {
    CommandKind.LOG_CALL: {
        "id": "c-9", "result": "no_answer", "label": "NRP", "started_at": "2026-11-20T10:13:00+01:00", "duration": 12,
        "attempt": 2, "comment": "", "next_attempt_at": "2026-11-22T10:13:00+01:00",
    },
    CommandKind.SET_STATUS: {"id": "c-9/status", "status": "Engaging", "validated_by": {"id": "rm-1"}},
    CommandKind.ADD_COMMENT: {"text": "Rappeler après 17 h", "at": "2026-11-20T10:15:00+01:00"},
    CommandKind.SET_NEXT_ACTION: {"kind_of_action": "rappel", "at": "2026-11-21T17:00:00+01:00"},
    CommandKind.BOOK_APPOINTMENT: {
        "id": "rdv-1", "start": "2026-11-25T09:00:00+01:00", "place": "Lille", "validated_by": {"id": "rm-1"},
    },
}  # fmt: skip


@dataclass
class Bench:
    """The CRM, and a session with it."""

    crm: Crm
    session: Session[Settings]

    async def pull(self, item: Object, fields: tuple[str, ...], since: str | None = None) -> list[Page]:
        return [page async for page in CONNECTOR.sources[item](self.session, Asked(item, fields), since)]

    async def push(self, kind: CommandKind, *orders: Order) -> list[Any]:
        return list(await CONNECTOR.sinks[kind](self.session, orders))


def order(kind: CommandKind, once: str = "k-1", record: str = "contact/42") -> Order:
    body = {**BODIES[kind], "author": {"id": "tp-12", "crm_user": "u7"}, "campaign": "t4-industrie"}
    return Order(once, kind, record, body)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    crm = Crm()
    crm.load("account", [{"id": "7", "name": "Acme", "discount": 12, "owner_id": "u7", "owner_team": "nord"}])
    crm.load(
        "contact",
        [{"id": str(n), "account": "7", "phone": f"+331990000{n}", "notes": "Fusion en cours"} for n in range(40, 47)],
    )
    async with serving(application(crm, TOKEN)) as url:
        settings = Settings.model_validate({"base_url": url, "token": TOKEN, "page_size": 3})
        async with HttpSeam(url) as http:
            yield Bench(crm, Session(settings, http))
    assert crm.violations == []


async def test_a_pull_reads_only_what_was_asked_for_and_misses_no_tie(bench: Bench) -> None:
    pages = await bench.pull(Object.CONTACT, ("phone",))
    rows = [row for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert [row.key for row in rows] == [str(n) for n in range(40, 47)]
    assert rows[2].fields == {"phone": "+33199000042"}
    assert rows[2].refs == {"account": "7"}
    account = (await bench.pull(Object.ACCOUNT, ("name", "siren")))[0].rows[0]
    assert account.fields == {"name": "Acme"}
    assert account.owner == {"id": "u7", "team": "nord"}


async def test_a_pull_goes_on_after_its_cursor_and_sees_changes_and_deletions_once(bench: Bench) -> None:
    cursor = (await bench.pull(Object.CONTACT, ("phone",)))[-1].cursor
    bench.crm.edit("contact", "41", {"phone": "+33199000099"})
    bench.crm.delete("contact", "45")
    rows = [row for page in await bench.pull(Object.CONTACT, ("phone",), cursor) for row in page.rows]
    assert [(row.key, dict(row.fields), row.deleted) for row in rows] == [
        ("41", {"phone": "+33199000099"}, False),
        ("45", {}, True),
    ]


@pytest.mark.requirement("R056")
@pytest.mark.parametrize("kind", CRM_WRITES)
async def test_each_of_the_five_writes_is_applied_once_however_often_it_is_sent(
    bench: Bench, kind: CommandKind
) -> None:
    first = await bench.push(kind, order(kind))
    again = await bench.push(kind, order(kind))
    assert first == again
    assert isinstance(first[0], Delivered)
    assert bench.crm.repeated == 1
    assert sum(len(items) for items in bench.crm.written.values()) == 1


async def test_a_write_says_which_fields_it_changed_so_that_its_echo_is_known(bench: Bench) -> None:
    (status,) = await bench.push(CommandKind.SET_STATUS, order(CommandKind.SET_STATUS))
    (action,) = await bench.push(CommandKind.SET_NEXT_ACTION, order(CommandKind.SET_NEXT_ACTION))
    assert status.wrote == {"contact/42.status": "Engaging"}
    assert action.wrote == {
        "contact/42.next_action": "rappel",
        "contact/42.next_action_at": "2026-11-21T17:00:00+01:00",
    }
    rows = (await bench.pull(Object.CONTACT, ("status", "next_action"), "2,46"))[0].rows
    assert [row.fields for row in rows] == [{"status": "Engaging", "next_action": "rappel"}]


async def test_an_unknown_record_is_refused_and_its_neighbours_are_not(bench: Bench) -> None:
    kind = CommandKind.LOG_CALL
    outcomes = await bench.push(kind, order(kind, "a"), order(kind, "b", "contact/9"), order(kind, "c", "contact/43"))
    assert [type(one) for one in outcomes] == [Delivered, Refused, Delivered]
    assert outcomes[1] == Refused("unknown_contact", ("record",))


async def test_access_is_checked_with_the_token(bench: Bench) -> None:
    assert [one.ok for one in await CONNECTOR.access(bench.session)] == [True]
    stranger = Session(
        bench.session.settings.model_copy(update={"token": Settings.model_fields["token"].default}), bench.session.http
    )
    assert [(one.ok, one.code) for one in await CONNECTOR.access(stranger)] == [(False, "unauthorised")]


@pytest.mark.requirement("R059")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/contact/42", {"phone": "+33600000000"}),
        ("DELETE", "/v1/account/7", None),
        ("PATCH", "/v1/opportunity/1", {"stage": "Won"}),
        ("POST", "/v1/accounts", {"items": []}),
        ("POST", "/v1/calls", {"items": [], "force": True}),
        ("POST", "/v1/statuses", {"items": [{"once": "x", "record": "contact/42", "status": "a", "margin": 1}]}),
        ("GET", "/v1/contact/changes", None),
    ],
)
async def test_a_sixth_kind_of_write_is_refused_and_put_on_record(
    method: str, path: str, body: dict[str, Any] | None
) -> None:
    crm = Crm()
    crm.load("contact", [{"id": "42", "phone": "+33199000042"}])
    async with serving(application(crm)) as url, HttpSeam(url, accept={404}) as http:
        params = {"everything": "1"} if method == "GET" else None
        try:
            await http.request(method, path, json=body, params=params)
        except Fault as fault:
            assert isinstance(fault, Misconfigured)  # noqa: PT017 - either end is fine, the record is what counts
    assert len(crm.violations) == 1
    assert crm.objects["contact"]["42"].fields == {"phone": "+33199000042"}
    assert not any(crm.written.values())
