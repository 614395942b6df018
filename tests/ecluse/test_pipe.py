"""`ecluse pipe`: the pure core as a filter; a line in, a decision out, whatever the line."""

import json
import os
import subprocess
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ecluse.links import policy_of
from ecluse.people import facts_of, read_people
from ecluse.stream import LINE_MAX_BYTES, Filter, lines
from mapping.words import Side

ROOT = Path(__file__).parents[2]
NOW = "2026-11-24T10:00:00+01:00"
PIPE = [sys.executable, "-m", "ecluse", "--lang=en", "pipe", "examples/demo/link.yaml", "--now", NOW]


def pipe(stdin: bytes, side: str, people: str = "") -> list[dict[str, Any]]:
    """What the filter writes, without a process around it."""
    now = datetime.fromisoformat(NOW)
    who = facts_of(read_people(ROOT / people), now) if people else None
    policy = policy_of(ROOT / "examples/demo/link.yaml", ROOT)
    written = BytesIO()
    Filter(policy, frozenset(Side(word) for word in side.split(",")), who, lambda: now).run(BytesIO(stdin), written)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def events(name: str) -> bytes:
    return (ROOT / "examples/demo/events" / name).read_bytes()


@pytest.mark.requirement("R046")
def test_what_is_outside_the_campaigns_sends_not_one_byte() -> None:
    decisions = {one["event"]: one for one in pipe(events("crm.jsonl"), "crm")}
    assert decisions["e1"]["verdict"] == "send"
    assert decisions["e2"] == decisions["e2"] | {"verdict": "withhold", "reason": "outside_perimeter", "command": {}}
    assert decisions["e3"]["reason"] == "campaign_closed"


def test_no_reserved_value_is_in_any_line() -> None:
    raw = json.dumps(pipe(events("crm.jsonl"), "crm"), ensure_ascii=False)
    for value in ("84865", "26350", "48210", "grands-comptes", "Négociation"):
        assert value not in raw


@pytest.mark.requirement("R056")
@pytest.mark.requirement("R061")
@pytest.mark.requirement("R062")
def test_an_appointment_is_held_until_a_manager_says_yes() -> None:
    decisions = {one["event"]: one for one in pipe(events("dialer.jsonl"), "dialer")}
    assert decisions["d1"]["command"]["kind"] == "log_call"
    assert decisions["d1/appointment"]["verdict"] == "hold"
    assert decisions["d2"]["reason"] == "not_granted"
    assert decisions["d3"]["verdict"] == "write"
    assert decisions["d3"]["command"]["validated_by"]["id"] == "ml-01"
    assert decisions["d4"]["reason"] == "sixth_kind_of_write"


def test_people_are_believed_more_than_events() -> None:
    people = "examples/demo/people.csv"
    told = events("dialer.jsonl").replace(b'"profile": "teleoperator"', b'"profile": "mission_lead"')
    decisions = {one["event"]: one for one in pipe(told, "dialer", people)}
    assert decisions["d2"]["reason"] == "not_granted"
    stranger = events("dialer.jsonl").replace(b"tp-12", b"tp-99")
    assert pipe(stranger, "dialer", people)[0]["reason"] == "unknown_person"


def test_both_sides_on_one_stream_know_each_other() -> None:
    both = pipe(events("crm.jsonl") + events("dialer.jsonl"), "crm,dialer", "examples/demo/people.csv")
    assert [one["verdict"] for one in both if one["event"] == "d3"] == ["write"]


@pytest.mark.parametrize(("side", "other"), [("crm", "dialer.jsonl"), ("dialer", "crm.jsonl")])
def test_an_event_of_the_other_side_is_quarantined(side: str, other: str) -> None:
    decisions = pipe(events(other), side)
    assert {one["verdict"] for one in decisions} == {"quarantine"}


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}", b'{"id":3}', b'{"type":[]}', b"[" * 5000, b"1e999"]
)
@pytest.mark.parametrize("side", ["crm", "dialer", "crm,dialer"])
def test_no_line_is_a_crash(line: bytes, side: str) -> None:
    (decision,) = pipe(line + b"\n", side)
    assert decision["verdict"] == "quarantine"


def test_a_line_typed_gets_its_answer_before_the_next() -> None:
    with subprocess.Popen([*PIPE, "--from", "crm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in events("crm.jsonl").splitlines(keepends=True)[:3]:
            process.stdin.write(line)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["event"] == json.loads(line)["id"]
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{' '.join(PIPE)} --from crm | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    stdin = events("crm.jsonl") * 20_000
    done = subprocess.run(["bash", "-c", command], input=stdin, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0
    assert done.stderr == b""


def test_memory_stays_bounded_by_a_batch_and_a_line() -> None:
    class Endless(BytesIO):
        """A line without an end."""

        left = 3 * LINE_MAX_BYTES

        def read1(self, size: int | None = -1) -> bytes:
            taken = min(self.left, size or 0)
            self.left -= taken
            return b"x" * taken

    batches = list(lines(Endless()))
    assert sum(len(line) for batch in batches for line in batch) < 1_000
    assert len(batches) == 1


def test_lines_come_whole_wherever_the_chunks_end() -> None:
    class Slow(BytesIO):
        def read1(self, _size: int | None = -1) -> bytes:
            return super().read1(3)

    assert [line for batch in lines(Slow(b"one\ntwo\n\nthree")) for line in batch] == [b"one", b"two", b"three"]


def test_no_file_is_made(tmp_path: Path) -> None:
    command = [*PIPE[:5], str(ROOT / "examples/demo/link.yaml"), "--from", "crm"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, input=events("crm.jsonl"), capture_output=True, cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
