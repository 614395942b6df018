"""Against a real Tryton with real data: what is written is there, what is not is not, the rest is untouched."""

from pathlib import Path
from typing import Any

import pytest

from connectors.port import PersonRow
from connectors.tryton import CONNECTOR as TRYTON
from mapping.words import Side
from tests.canary import canary, sightings
from tests.services.crm_sales import Sales
from tests.services.tryton import Tryton
from tests.system.lock import locked
from web.sandbox.dialer import Dialer

LINK: dict[str, Any] = {
    "link": "ventes",
    "revision": {"reason": "Relance des affaires ouvertes", "date": "2026-11-20", "decided_by": "direction"},
    "crm": {"connector": "tryton", "connection": "tryton-1"},
    "dialer": {"connector": "open_dialer", "connection": "open_dialer-1"},
    "labels": {
        "contact": {"name": "identity", "phone": "reachability"},
        "account": {"name": "identity", "city": "context"},
        "opportunity": {"state": "progress", "description": "progress", "amount": "pricing", "comment": "confidential"},
    },
    "roles": {
        "contributor": {
            "read": {
                "contact": ["identity", "reachability"],
                "account": ["identity", "context"],
                "opportunity": ["progress"],
            },
            "write": ["call_result", "comment", "next_action", "propose_lead_status", "propose_appointment"],
        },
        "validator": {"extends": "contributor", "write": ["set_lead_status", "validate_appointment"]},
    },
    "profiles": {
        "teleoperator": {"role": "contributor", "perimeter": "all"},
        "mission_lead": {"role": "validator", "perimeter": "all"},
    },
    "perimeter": {"model": "open"},
    "fields": [
        {"from": "contact.name", "to": "nom"},
        {"from": "contact.phone", "to": "telephone", "as": "e164"},
        {"from": "account.city", "to": "ville"},
        {"from": "opportunity.state", "to": "statut"},
        {"from": "opportunity.description", "to": "objet"},
    ],
    "dispositions": {"NRP": {"is": "no_answer"}, "RDV": {"is": "appointment_proposed"}},
    "statuses": {"perdu": "lost"},
}
PEOPLE = (
    PersonRow("tp-12", "teleoperator", crm_user="7"),
    PersonRow("rm-1", "mission_lead", crm_user="3"),
)


def connection(server: Tryton) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "database": server.database,
        "user": server.user,
        "password": server.password,
    }


def said(kind: str, number: int, prospect: str, by: str = "tp-12", **block: Any) -> dict[str, Any]:
    data = {"prospect": {"id": prospect}, "agent": {"id": by}, **block}
    return {
        "id": f"{kind}-{number}",
        "type": f"phoning.{kind}",
        "time": "2026-11-21T10:00:00+01:00",
        "data": data,
    }


def call(number: int, prospect: str, disposition: str = "NRP", **more: Any) -> dict[str, Any]:
    spoken = {
        "id": f"c-{number}",
        "disposition": disposition,
        "started_at": "2026-11-21T09:58:00+01:00",
        "duration": 42,
    }
    return said("call.ended", number, prospect, call=spoken, **more)


def appointment(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "start": "2026-12-01T10:00:00+01:00",
        "end": "2026-12-01T10:45:00+01:00",
        "subject": "Démonstration",
    }


class Seen:
    """Tryton, looked at through its own API."""

    def __init__(self, server: Tryton) -> None:
        self.server = server

    def rpc(self, method: str, *arguments: Any) -> Any:
        return self.server.rpc(f"model.{method}", *arguments, self.server.context)

    def resources(self, party: str) -> list[str]:
        deals = self.rpc("sale.opportunity.search", [["party", "=", int(party)]], 0, None, None)
        return [f"party.party,{party}", *(f"sale.opportunity,{deal}" for deal in deals)]

    def notes(self, party: str) -> list[str]:
        where = [["resource", "in", self.resources(party)]]
        return [n["message"] for n in self.rpc("ir.note.search_read", where, 0, None, [["id", "ASC"]], ["message"])]

    def files(self, party: str) -> list[str]:
        where = [["resource", "in", self.resources(party)]]
        return [f["name"] for f in self.rpc("ir.attachment.search_read", where, 0, None, None, ["name"])]

    def structure(self) -> dict[str, Any]:
        """What a dialer must never change: names, amounts, owners; Tryton itself dates the end of a lost deal."""
        parties = self.rpc("party.party.search_read", [], 0, None, [["id", "ASC"]], ["name", "code", "active"])
        fields = ["amount", "employee", "party", "description", "start_date", "comment"]
        deals = self.rpc("sale.opportunity.search_read", [], 0, None, [["id", "ASC"]], fields)
        return {"parties": parties, "deals": deals}

    def count(self) -> tuple[int, int]:
        return self.rpc("ir.note.search_count", [], 0, None), self.rpc("ir.attachment.search_count", [], 0, None)


def with_open_deals(sales: Sales, seen: Seen, count: int) -> list[str]:
    """Parties with an opportunity that is still open, as the CRM ids that a dialer gives back."""
    open_deals = seen.rpc(
        "sale.opportunity.search_read", [["state", "in", ["lead", "opportunity"]]], 0, None, None, ["party"]
    )
    parties = {deal["party"] for deal in open_deals if deal["party"]}
    return [str(party) for party in sales.told.parties.values() if party in parties][:count]


class Week:
    """Some calls on four parties of Tryton: one result, one validated appointment, one that waits, one lost deal."""

    def __init__(self, sales: Sales, seen: Seen) -> None:
        self.seen = seen
        self.once, self.twice, self.never, self.lost = with_open_deals(sales, seen, 4)
        run = "-".join(map(str, seen.count()))
        told = [
            call(1, f"contact/{self.once}"),
            call(2, f"contact/{self.twice}", "RDV", appointment=appointment(f"rdv-yes-{run}")),
            call(3, f"contact/{self.never}", "RDV", appointment=appointment(f"rdv-no-{run}")),
            said("appointment.validated", 4, f"contact/{self.twice}", "rm-1", appointment={"id": f"rdv-yes-{run}"}),
            said("status.proposed", 5, f"contact/{self.lost}", "rm-1", status={"value": "perdu"}),
        ]
        self.events = [{**event, "id": f"{event['id']}-{run}"} for event in told]
        self.notes = {party: seen.notes(party) for party in (self.once, self.twice, self.never)}
        self.files = {party: seen.files(party) for party in (self.twice, self.never)}

    def arrived(self) -> None:
        """Results with their author and the validated appointment are there; the other appointment is not."""
        for party, before in self.notes.items():
            assert any("tp-12" in note for note in self.seen.notes(party)[len(before) :])
        assert len(self.seen.files(self.twice)) == len(self.files[self.twice]) + 1
        assert self.seen.files(self.never) == self.files[self.never]
        lost = [["party", "=", int(self.lost)], ["state", "=", "lost"]]
        assert self.seen.rpc("sale.opportunity.search_count", lost, 0, None) > 0


@pytest.mark.tryton
@pytest.mark.xdist_group("tryton")
@pytest.mark.requirement("R060")
@pytest.mark.requirement("R062")
@pytest.mark.requirement("R071")
async def test_results_and_the_validated_appointment_arrive_and_nothing_else_changes(
    crm_sales: Sales, url: str, tmp_path: Path, dialer: Dialer
) -> None:
    seen = Seen(crm_sales.server)
    week = Week(crm_sales, seen)
    [deal] = seen.rpc("sale.opportunity.search", [["party", "=", int(week.once)]], 0, 1, None)
    seen.rpc("sale.opportunity.write", [deal], {"comment": canary("comment")})
    before = seen.structure()

    async with locked(LINK, TRYTON, connection(crm_sales.server), PEOPLE, url, tmp_path, dialer) as lock:
        await lock.work()
        assert {f"contact/{party}" for party in crm_sales.told.parties.values()} <= set(dialer.prospects)
        _no_amount_left(dialer, before)
        told = await lock.tell(*week.events)

        assert told == {"accepted": len(week.events), "duplicates": 0}
        week.arrived()
        assert seen.structure() == before
        assert lock.balance(Side.DIALER).held == 1
        written, delivered = seen.count(), sum(dialer.deliveries.values())

        # Our own writes come back as changes of the CRM, and go nowhere; events told again are known.
        await lock.work()
        again = await lock.tell(*week.events)
        assert again == {"accepted": 0, "duplicates": len(week.events)}
        assert (seen.count(), sum(dialer.deliveries.values())) == (written, delivered)
        assert [lock.balance(side).imbalance for side in Side] == [0, 0]

    async with locked(LINK, TRYTON, connection(crm_sales.server), PEOPLE, url, tmp_path, dialer) as second:
        await second.work()
        await second.tell(*week.events)
        assert (seen.count(), sum(dialer.deliveries.values())) == (written, delivered)
        assert seen.structure() == before
        assert [second.balance(side).imbalance for side in Side] == [0, 0]


def _no_amount_left(dialer: Dialer, before: dict[str, Any]) -> None:
    sent = repr(dialer.prospects)
    amounts = {deal["amount"]["decimal"] for deal in before["deals"] if deal["amount"] is not None}
    assert amounts
    assert sightings(sent.encode(), "dialer") == []
    shown = {word.strip("'\",{}[]:") for word in sent.split()}
    assert not amounts & shown
