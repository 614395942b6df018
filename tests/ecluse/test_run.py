"""`ecluse run` as a process: it works, it is alone, it stops in good order, and its log holds no value."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from ecluse.demo import ground
from ecluse.demo.scenario import called, callers_of, last_monday, made_up
from ecluse.demo.town import Town, town
from ecluse.demo.week import week
from web.sandbox.telling import Ecluse, send_events

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
COMMAND = [sys.executable, "-m", "ecluse", "--lang=en"]


class Service(NamedTuple):
    """A running `ecluse run`, with both sides around it."""

    process: subprocess.Popen[str]
    folder: Path
    laid: ground.Ground
    place: Town
    url: str
    log: list[dict[str, object]]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, "-C", str(self.folder), *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    def log_until(self, action: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(json.loads(line))
            if self.log[-1]["event.action"] == action:
                return

    def tell(self, events: list[dict[str, Any]]) -> dict[str, int]:
        async def told() -> dict[str, int]:
            async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
                return await send_events(client, Ecluse(self.url, "nord", self.laid.receives), events)

        return asyncio.run(told())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    today = datetime.now(UTC).date()
    told = made_up(2, today)
    laid = ground.lay(tmp_path, told.link, told.people)
    (tmp_path / "ecluse.yaml").write_text("listen: 127.0.0.1:0\napproval: one\nintervals: {poll: 1s}\n")
    with town((laid.sends_key,), laid.crm_token) as place:
        ground.connect(laid, place.crm_url, place.dialer_url)
        for name, rows in told.rows.items():
            place.crm.load(name, rows[:400])
        command = [*COMMAND, "-C", str(tmp_path), "run"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stderr is not None
        url = process.stderr.readline().split()[2].rstrip(".")
        made = Service(process, tmp_path, laid, place, url, [])
        try:
            made.log_until("ready")
            yield made
        finally:
            process.kill()
            process.communicate()


def until(true: object) -> None:
    """Wait for something that a running process brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_service_works_alone_and_stops_in_good_order(service: Service) -> None:
    until(lambda: len(service.place.prospects) > 20)
    second = service.command("run")
    assert second.returncode == 1
    assert f"process {service.process.pid}" in second.stderr

    people = (service.folder / "people.csv").read_text(encoding="utf-8")
    held = [called(*item) for item in sorted(service.place.prospects.items())]
    calls = week(2, last_monday(datetime.now(UTC).date()), callers_of(people), held)
    meeting = next(one for one in calls if "appointment" in one.data)
    event = {"id": meeting.id, "type": meeting.type, "time": meeting.time.isoformat(), "data": meeting.data}
    assert service.tell([event]) == {"accepted": 1, "duplicates": 0}
    assert service.tell([event]) == {"accepted": 0, "duplicates": 1}
    until(lambda: service.place.crm.written["calls"])

    name = str(meeting.data["appointment"]["id"])
    until(lambda: name in service.command("appointments", "ls", "-o", "json").stdout)
    refused = service.command("appointments", "validate", name, "--by", "tp-11", "--wait", "30")
    assert "refused" in refused.stdout
    done = service.command("appointments", "validate", name, "--by", "ml-01", "--wait", "30")
    assert "validated by ml-01" in done.stdout
    until(lambda: service.place.crm.written["appointments"])

    service.process.send_signal(signal.SIGTERM)
    service.log_until("stopped")
    assert service.process.wait(timeout=25) == 0
    assert service.command("status").returncode == 0
    said = json.dumps(service.log, ensure_ascii=False)
    for item in service.place.prospects.values():
        for value in (item.get("views") or {}).get("teleoperator", {}).values():
            assert len(str(value)) < 6 or str(value) not in said


def test_health_and_figures_answer_while_it_runs(service: Service) -> None:
    until(lambda: service.place.prospects)
    with httpx2.Client(trust_env=False) as client:
        assert client.get(f"{service.url}/livez").status_code == 200
        assert client.get(f"{service.url}/readyz").status_code == 200
        assert "ecluse_conservation_imbalance_events" in client.get(f"{service.url}/metrics").text


def test_a_taken_port_is_said_in_one_line(service: Service, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    ground.lay(other, made_up(2, datetime.now(UTC).date()).link, "id,profile\n")
    (other / "ecluse.yaml").write_text(f"listen: {service.url.removeprefix('http://')}\n")
    done = subprocess.run([*COMMAND, "-C", str(other), "run"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_revision_comes_into_force_while_it_runs(service: Service) -> None:
    """Campaigns go, and their prospects come back; they come again, with a field that was not read."""
    held = service.place.prospects
    until(lambda: len(held) > 20)
    path = service.folder / "links" / "nord.yaml"
    before = path.read_text(encoding="utf-8")
    bare = "".join(line for line in before.splitlines(keepends=True) if "to: city" not in line)
    ended = re.sub(r"ends: 20\d\d-\d\d-\d\d", "ends: 2026-01-31", re.sub(r"starts: [0-9-]+", "", bare))
    path.write_text(ended.replace("Campagne T4", "Fin de campagne"), encoding="utf-8")
    applied = service.command("apply", "nord", "--yes")
    assert applied.returncode == 0, applied.stderr
    assert "within 2 seconds" in applied.stdout
    until(lambda: not held)

    path.write_text(before.replace("Campagne T4", "Reprise"), encoding="utf-8")
    assert service.command("apply", "nord", "--yes").returncode == 0
    until(lambda: len(held) > 20 and all("city" in seen for item in held.values() for seen in item["views"].values()))
    assert not any(item["dial"] for item in held.values()), "nothing happened to them: nobody is rung"
    assert service.command("status").returncode == 0
    assert service.process.poll() is None
