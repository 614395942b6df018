"""Behind the doors, on a real database and the real core: what a dialer may know, and what becomes of its word."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.port import PersonRow
from store import people
from streams.rollout import Obstacle
from tests.web.doorway import HOOK, Reply, ask, bearer, signed
from tests.web.installation import NOW, Installation, installed
from web.desk import Spot, spot

PEOPLE = [
    {"id": "tp-1", "profile": "teleoperator", "campaigns": ["retail"]},
    {"id": "tp-2", "profile": "teleoperator", "campaigns": []},
    {"id": "tp-3", "profile": "teleoperator", "campaigns": ["retail"], "to": "2026-11-01T00:00:00Z"},
    {"id": "rm-1", "profile": "mission_lead"},
]
STAMP = int(NOW.timestamp())


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as whole:
        yield whole
        assert whole.imbalance() == 0
        assert [crm.violations for crm in whole.crms.values()] == [[], []]


@pytest.fixture
async def fetching(tmp_path: Path) -> AsyncIterator[Installation]:
    """For a platform that has no address of its own."""
    async with installed(tmp_path, base_url="") as whole:
        yield whole
        assert whole.imbalance() == 0


async def get(whole: Installation, path: str, link: str = "nord") -> Reply:
    return await ask(whole.app, "GET", f"/dialer/v1/{link}/{path}", headers=bearer(link))


async def tell(whole: Installation, *events: dict[str, Any], link: str = "nord") -> Reply:
    body = json.dumps(list(events)).encode()
    return await ask(whole.app, "POST", f"/dialer/v1/{link}/events", body, signed(body, link, at=STAMP))


async def hire(whole: Installation, link: str = "nord") -> None:
    body = json.dumps({"people": PEOPLE}).encode()
    headers = {**bearer(link), "content-type": "application/json"}
    assert (await ask(whole.app, "PUT", f"/dialer/v1/{link}/people", body, headers)).status == 204


def event(name: str = "e-1", kind: str = "call.ended", prospect: str = "contact/nord-1", **data: Any) -> dict[str, Any]:
    call = {"id": name, "disposition": "NRP", "started_at": "2026-11-22T10:00:00+01:00", "duration": 12}
    shared = {"prospect": {"id": prospect}, "agent": {"id": "tp-1"}, "campaign": "retail"}
    block = {"call": call} if kind == "call.ended" else {}
    return {
        "id": name,
        "type": f"phoning.{kind}",
        "time": "2026-11-22T10:02:00+01:00",
        "data": {**shared, **block, **data},
    }


@pytest.mark.requirement("R043")
async def test_each_profile_sees_its_own_view_on_the_dialer_and_through_the_api(whole: Installation) -> None:
    await whole.work()
    caller = {"phone": "+33199000001", "prenom": "Ana", "company": "nord 7"}
    manager = {**caller, "statut": "nouveau", "etape": "Engaging"}
    held = whole.dialers["nord"]
    assert await held.shown("contact/nord-1", "teleoperator") == caller
    assert await held.shown("contact/nord-1", "mission_lead") == manager
    assert (await get(whole, "prospects/contact/nord-1?profile=teleoperator")).json["fields"] == caller
    assert (await get(whole, "prospects/contact/nord-1?profile=mission_lead")).json["fields"] == manager


@pytest.mark.requirement("R046")
async def test_a_prospect_outside_the_perimeter_and_one_that_never_was_are_one_answer(whole: Installation) -> None:
    await whole.work()
    outside = await get(whole, "prospects/contact/nord-9?profile=teleoperator")
    never = await get(whole, "prospects/contact/nord-4?profile=teleoperator")
    account = await get(whole, "prospects/account/7?profile=mission_lead")
    foreign = await get(whole, "prospects/contact/sud-1?profile=mission_lead")
    assert outside == never == account == foreign
    assert outside.status == 404
    assert await whole.dialers["nord"].shown("contact/nord-9", "teleoperator") is None


async def test_a_person_sees_no_more_than_their_campaigns_and_nothing_after_leaving(whole: Installation) -> None:
    await whole.work()
    await hire(whole)

    async def seen(profile: str, person: str) -> int:
        return (await get(whole, f"prospects/contact/nord-1?profile={profile}&person={person}")).status

    assert await seen("teleoperator", "tp-1") == 200
    assert await seen("mission_lead", "rm-1") == 200
    for profile, person in (
        ("teleoperator", "tp-2"),
        ("teleoperator", "tp-3"),
        ("mission_lead", "tp-1"),
        ("teleoperator", "nobody"),
    ):
        assert await seen(profile, person) == 404


async def test_a_platform_that_fetches_follows_the_feed_from_first_to_last(fetching: Installation) -> None:
    await fetching.work()
    fetching.settle()
    cursor, seen = "", []
    for _ in range(10):
        page = (await get(fetching, f"prospects?limit=2&after={cursor}")).json
        seen += [(one["prospect"], one["change"], one["campaign"]) for one in page["prospects"]]
        cursor = page["next"]
        if not page["more"]:
            break
    assert sorted(seen) == sorted(
        [(f"contact/nord-{n}", "upsert", "retail") for n in (1, 2, 3)] + [("contact/nord-9", "upsert", "")]
    )
    assert (await get(fetching, f"prospects?after={cursor}")).json == {"prospects": [], "next": cursor, "more": False}
    fetching.crms["nord"].edit("contact", "nord-2", {"first_name": "Béa"})
    await fetching.work()
    fetching.settle(2)
    assert fetching.dialers["nord"].prospects == {}
    again = (await get(fetching, "prospects")).json["prospects"]
    assert [one["prospect"] for one in again][-1] == "contact/nord-2"


@pytest.mark.requirement("R050")
async def test_a_recall_is_listed_until_the_platform_confirms_it(fetching: Installation) -> None:
    await fetching.work()
    fetching.crms["nord"].delete("contact", "nord-2")
    await fetching.work()
    fetching.settle()
    assert (await get(fetching, "prospects/contact/nord-2?profile=teleoperator")).status == 404
    listed = (await get(fetching, "recalls")).json["recalls"]
    assert [(one["prospect"], one["change"]) for one in listed] == [("contact/nord-2", "recall")]
    assert listed[0] in (await get(fetching, "prospects")).json["prospects"]
    path = f"/dialer/v1/nord/recalls/{listed[0]['id']}/acknowledgement"
    assert (await ask(fetching.app, "POST", path, headers=bearer("sud"))).status == 404
    assert (await get(fetching, "recalls")).json["recalls"] == listed
    for _ in range(2):
        assert (await ask(fetching.app, "POST", path, headers=bearer())).status == 204
    assert (await get(fetching, "recalls")).json["recalls"] == []
    others = f"/dialer/v1/sud/recalls/{listed[0]['id']}/acknowledgement"
    assert (await ask(fetching.app, "POST", others, headers=bearer("sud"))).status == 404


async def test_a_platform_that_receives_has_confirmed_a_recall_by_its_answer(whole: Installation) -> None:
    await whole.work()
    whole.crms["nord"].delete("contact", "nord-2")
    await whole.work()
    whole.settle()
    assert list(whole.dialers["nord"].recalled) == ["contact/nord-2"]
    assert (await get(whole, "recalls")).json == {"recalls": [], "next": "", "more": False}


@pytest.mark.requirement("R057")
async def test_a_call_ends_in_the_crm_and_an_appointment_only_after_its_manager(whole: Installation) -> None:
    await whole.work()
    await hire(whole)
    meeting = {"id": "rdv-1", "start": "2026-11-25T09:00:00+01:00"}
    assert (await tell(whole, event(appointment=meeting))).json == {"accepted": 1, "duplicates": 0}
    await whole.work()
    written = whole.crms["nord"].written
    assert [one["label"] for one in written["calls"].values()] == ["NRP"]
    assert written["appointments"] == {}
    answer = event("e-2", "appointment.validated", agent={"id": "rm-1"}, appointment={"id": "rdv-1"})
    await tell(whole, answer)
    await whole.work()
    (appointment,) = written["appointments"].values()
    assert (appointment["author"]["id"], appointment["validated_by"]["id"]) == ("tp-1", "rm-1")
    assert whole.crms["sud"].written["calls"] == {}


TAKEN: dict[str, tuple[Callable[[], dict[str, Any]], str, str]] = {
    "a result": (event, "write", "accepted"),
    "an unknown result": (
        lambda: event(call={"id": "c", "disposition": "???", "started_at": "2026-11-22T10:00:00Z"}),
        "quarantine",
        "unknown_disposition",
    ),
    "an unknown record": (lambda: event(prospect="contact/nord-4"), "quarantine", "unknown_record"),
    "another link's record": (lambda: event(prospect="contact/sud-1"), "quarantine", "unknown_record"),
    "an unknown campaign": (lambda: event(campaign="t9"), "refuse", "unknown_campaign"),
    "an unknown person": (lambda: event(agent={"id": "inconnu"}), "refuse", "unknown_person"),
    "a person who left": (lambda: event(agent={"id": "tp-3"}), "refuse", "person_left"),
    "a record outside the person's perimeter": (
        lambda: event(agent={"id": "tp-2"}, campaign=""),
        "refuse",
        "outside_person_perimeter",
    ),
    "a record outside the campaign": (lambda: event(prospect="contact/nord-9"), "refuse", "outside_person_perimeter"),
    "a sixth kind of write": (lambda: event(kind="contact.updated"), "refuse", "sixth_kind_of_write"),
    "no kind of ours": (lambda: {**event(), "type": "crm.contact.changed"}, "quarantine", "unknown_event_type"),
    "a field of the CRM": (lambda: event(opportunity={"margin": 1}), "refuse", "forbidden_field"),
    "a telemarketer who validates": (
        lambda: event(kind="appointment.validated", appointment={"id": "rdv-1"}),
        "refuse",
        "not_granted",
    ),
    "an appointment nobody proposed": (
        lambda: event(kind="appointment.validated", agent={"id": "rm-1"}, appointment={"id": "rdv-9"}),
        "refuse",
        "unknown_proposal",
    ),
    "a status nobody knows": (
        lambda: event(kind="status.proposed", status={"value": "gagné"}),
        "refuse",
        "invalid_value",
    ),
    "a profile that somebody gives themselves": (
        lambda: event(kind="status.validated", agent={"id": "tp-1", "profile": "mission_lead"}, status={"id": "x"}),
        "refuse",
        "not_granted",
    ),
}


@pytest.mark.requirement("R056")
async def test_what_the_door_takes_is_judged_by_the_core_with_a_reason(whole: Installation) -> None:
    await whole.work()
    await hire(whole)
    told = {name: {**case[0](), "id": f"e-{number}"} for number, (name, case) in enumerate(TAKEN.items())}
    assert (await tell(whole, *told.values())).json == {"accepted": len(TAKEN), "duplicates": 0}
    await whole.work()
    assert {name: whole.decided(one["id"]) for name, one in told.items()} == {
        name: (verdict, reason) for name, (_, verdict, reason) in TAKEN.items()
    }
    assert sum(len(items) for items in whole.crms["nord"].written.values()) == 1


async def test_accepted_means_on_disk_before_the_answer(whole: Installation, tmp_path: Path) -> None:
    assert (await tell(whole, event("e-1"), event("e-2"), event("e-1"))).json == {"accepted": 2, "duplicates": 1}
    with closing(sqlite3.connect(f"file:{tmp_path / 'ecluse.db'}?mode=ro", uri=True)) as other:
        assert other.execute("SELECT count(*) FROM events WHERE side = 'dialer'").fetchone() == (2,)
    assert (await tell(whole, event("e-2"))).json == {"accepted": 0, "duplicates": 1}


async def test_the_same_id_on_two_links_is_two_events(whole: Installation) -> None:
    assert (await tell(whole, event())).json["accepted"] == 1
    assert (await tell(whole, event(), link="sud")).json["accepted"] == 1


async def test_a_dialer_that_signs_nothing_comes_in_by_its_secret_address(whole: Installation) -> None:
    body = json.dumps(event()).encode()
    assert (await ask(whole.app, "POST", f"/hooks/nord/{HOOK['nord']}", body)).status == 202
    assert (await ask(whole.app, "POST", f"/hooks/sud/{HOOK['nord']}", body)).status == 404


@pytest.mark.requirement("R071")
async def test_people_sent_by_the_dialer_do_not_change_who_they_are_in_the_crm(whole: Installation) -> None:
    known = [PersonRow("tp-1", "mission_lead", crm_user="u7")]
    keys = whole.database.keys
    whole.database.writer.write_now(lambda conn: people.save(conn, keys, "nord", "nord", known))
    await hire(whole)
    with whole.database.read() as conn:
        (now,) = people.find(conn, keys, "nord", "nord", ["tp-1"]).values()
    assert (now.profile, now.crm_user, now.campaigns) == ("teleoperator", "u7", ("retail",))


async def test_readiness_and_figures_come_from_what_runs(whole: Installation) -> None:
    await tell(whole, event())
    await tell(whole, event())
    await ask(whole.app, "POST", "/dialer/v1/nord/events", b"{}", {"content-type": "application/json"})
    figures = (await ask(whole.app, "GET", "/metrics")).body.decode()
    for result in ("accepted", "duplicate", "bad_signature"):
        assert f'ecluse_intake_requests_total{{result="{result}"}} 1.0' in figures
    assert "ecluse_intake_ack_seconds_count 3.0" in figures
    assert (await ask(whole.app, "GET", "/readyz")).status == 200
    whole.runtime.rollout.unfit["nord"] = (2, Obstacle.RESTART_NEEDED)
    told = await ask(whole.app, "GET", "/readyz")
    assert (told.status, told.json["ok"]) == (200, True)
    assert told.json["checks"][1:] == [{"name": "revision_not_in_force", "ok": False, "note": True}]
    whole.runtime.rollout.unfit.clear()
    whole.runtime.pulse.stopping = True
    down = await ask(whole.app, "GET", "/readyz")
    assert (down.status, down.json["checks"]) == (503, [{"name": "stopping", "ok": False}])
    refused = await tell(whole, event("e-2"))
    assert (refused.status, refused.json["code"]) == (503, "shedding")
    assert (await ask(whole.app, "GET", "/livez")).json == {"ok": True, "checks": [{"name": "alive", "ok": True}]}
    whole.runtime.pulse.turned_at -= 60
    assert (await ask(whole.app, "GET", "/livez")).json["checks"] == [{"name": "loop_blocked", "ok": False}]


@pytest.mark.parametrize("words", ["", "x", "-1.YQ", "1.é", "1.YQ==", "9" * 19 + ".YQ", "1.YQ.YQ", "1._w"])
def test_a_place_in_the_feed_is_ours_or_none(words: str) -> None:
    assert spot(words) is None


def test_a_place_in_the_feed_survives_any_record() -> None:
    for record in ("contact/42", "contact/é ?&#/..", "contact/" + "x" * 190):
        assert spot(Spot(7, record).written()) == Spot(7, record)


async def test_the_store_holds_no_prospect_in_clear(whole: Installation) -> None:
    await whole.work()
    with whole.database.read() as conn:
        bodies = [row[0] for row in conn.execute(text("SELECT body FROM events")).fetchall()]
    assert bodies
    assert not any(b"+33199" in bytes(body) for body in bodies)
