"""Working folders: laid down, read, and never overwritten; settings from files and variables; secrets by reference."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from ecluse import connections, folder, people, secret
from ecluse.folder import BadFolderError
from ecluse.links import policy_of
from ecluse.starting import settle
from ecluse.wiring import database_of, unplug, works


class Inlet(BaseModel):
    tokens: tuple[SecretStr, ...] = ()


class Settings(BaseModel):
    model_config = {"extra": "forbid"}
    base_url: str
    token: SecretStr
    inlet: Inlet = Inlet()


def test_init_lays_down_a_folder_that_checks_clean(ecluse, tmp_path: Path) -> None:
    said = ecluse("init", tmp_path / "pilote", "--no-input", "--link", "nord")
    assert said.code == 0
    assert "ecluse check" in said.err
    checked = ecluse("-C", tmp_path / "pilote", "check")
    assert checked.code == 0, checked.out
    for name in ("ecluse.yaml", "connections.yaml", "people.csv", ".gitignore", "cases/outbound.yaml"):
        assert (tmp_path / "pilote" / name).exists()


def test_a_fresh_folder_sends_its_first_prospect(ecluse, tmp_path: Path) -> None:
    ecluse("init", tmp_path, "--no-input")

    async def drained() -> None:
        state = folder.read_folder(tmp_path, {})
        policy = policy_of(tmp_path / "links" / "nord.yaml", tmp_path)
        database = database_of(state)
        database.migrate()
        settle(policy, "", database, [], state.settings)
        built = works([policy], database, state)
        await built.runtime.drain()
        await built.runtime.stop()
        await unplug(built)
        database.close()

    asyncio.run(drained())
    body = json.loads(ecluse("-C", tmp_path, "status", "-o", "json").out)
    assert body["links"][0]["flows"][0]["delivered"] == 1
    seen = ecluse("-C", tmp_path, "view", "42", "--as", "teleoperator")
    assert "+33199001234" in seen.out
    assert "84865" not in seen.out


def test_init_makes_a_key_for_its_owner_alone_and_no_two_alike(ecluse, tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        ecluse("init", tmp_path / name, "--no-input")
        key = tmp_path / name / "ecluse.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        keys.add(secret.resolve_key("file:ecluse.key", tmp_path / name))
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / name / "secrets").iterdir())
    assert len(keys) == 2


def test_init_never_overwrites(ecluse, tmp_path: Path) -> None:
    (tmp_path / "ecluse.yaml").write_text("language: en\n")
    said = ecluse("init", tmp_path, "--no-input")
    assert (tmp_path / "ecluse.yaml").read_text() == "language: en\n"
    assert "left as it is" in said.out
    before = (tmp_path / "ecluse.key").read_text()
    ecluse("init", tmp_path, "--no-input")
    assert (tmp_path / "ecluse.key").read_text() == before


@pytest.mark.parametrize("crm", ["csv", "tryton", "sandbox_crm"])
@pytest.mark.parametrize("dialer", ["open_dialer", "jobphoning"])
def test_every_pair_of_connectors_starts_from_a_folder_that_checks(ecluse, tmp_path: Path, crm, dialer) -> None:
    assert ecluse("init", tmp_path / "w", "--no-input", "--crm", crm, "--dialer", dialer).code == 0
    checked = ecluse("-C", tmp_path / "w", "check")
    assert checked.code == 0, checked.out
    read = connections.read_connections(tmp_path / "w")
    assert set(read.by_name) == {"crm-nord", "dialer-nord"}


def test_a_variable_wins_over_the_file_and_both_are_named(tmp_path: Path) -> None:
    (tmp_path / "ecluse.yaml").write_text("country: BE\nintervals:\n  poll: 2m\n")
    state = folder.read_folder(tmp_path, os.environ | {})
    assert (state.settings.country, state.origins["country"]) == ("BE", "ecluse.yaml:1")
    assert state.origins["intervals.poll"] == "ecluse.yaml:3"
    assert state.origins["listen"] == ""


def test_the_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ecluse.yaml").write_text("country: BE\n")
    monkeypatch.setenv("ECLUSE_COUNTRY", "CH")
    monkeypatch.setenv("ECLUSE_INTERVALS__POLL", "3s")
    state = folder.read_folder(tmp_path)
    assert (state.settings.country, state.origins["country"]) == ("CH", "ECLUSE_COUNTRY")
    assert state.settings.intervals.poll.total_seconds() == 3


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("langage: fr\n", "E110", 1),
        ("\nintervals: {poll: 15}\n", "E115", 2),
        ("listen: 8080\n", "E115", 1),
        ("database: postgresql://me:hunter2@db/ecluse\n", "E115", 1),
        ("key: hunter2hunter2\n", "E115", 1),
        ("a: b: c\n", "E101", 1),
    ],
)
def test_a_wrong_setting_is_refused_at_its_place_without_its_secret(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    (tmp_path / "ecluse.yaml").write_text(text)
    with pytest.raises(BadFolderError) as refused:
        folder.read_folder(tmp_path, {})
    (found,) = refused.value.findings
    assert (found.code, found.line) == (code, line)
    assert "hunter2" not in str(refused.value) + found.message()


def test_a_secret_in_a_connection_must_be_a_reference(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("crm:\n  base_url: https://x\n  token: hunter2\n")
    read = connections.read_connections(tmp_path)
    with pytest.raises(BadFolderError) as refused:
        read.settings("crm", Settings, tmp_path)
    (found,) = refused.value.findings
    assert (found.code, found.line) == ("E115", 3)
    assert "hunter2" not in str(refused.value) + found.message()


def test_references_are_resolved_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "from-env")
    (tmp_path / "one").write_text("from-file\n")
    (tmp_path / "connections.yaml").write_text(
        "crm:\n  base_url: https://x\n  token: env:CRM_TOKEN\n  rate: 5\n  inlet: {tokens: [file:one]}\n"
    )
    read = connections.read_connections(tmp_path)
    settings = read.settings("crm", Settings, tmp_path)
    assert isinstance(settings, Settings)
    assert settings.token.get_secret_value() == "from-env"
    assert settings.inlet.tokens[0].get_secret_value() == "from-file"
    assert read.by_name["crm"].rate == 5
    assert "from-" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "code"),
    [("env:NOWHERE_TO_BE_FOUND", "variable_not_set"), ("file:nowhere", "no_such_file"), ("file:empty", "empty")],
)
def test_a_secret_that_cannot_be_had_says_why(tmp_path: Path, written: str, code: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(secret.SecretError) as refused:
        secret.resolve(written, tmp_path)
    assert refused.value.code == code


def test_a_key_is_thirty_two_bytes(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("00ff")
    with pytest.raises(secret.SecretError, match="not_a_key"):
        secret.resolve_key("file:short", tmp_path)
    (tmp_path / "hex").write_text("ab" * 32)
    assert secret.resolve_key("file:hex", tmp_path) == b"\xab" * 32


def test_people_are_read_with_days_and_campaigns() -> None:
    rows = people.read_people(Path("examples/demo/people.csv").resolve())
    assert rows[1].campaigns == ("t4-industrie", "relance-retail")
    assert rows[0].starts is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id,profil\n", "E110"),
        ("id\ntp-1\n", "E111"),
        ("id,profile\ntp-1,\n", "E121"),
        ("id,profile\ntp-1,a\ntp-1,b\n", "E103"),
        ("id,profile,starts\ntp-1,a,soon\n", "E116"),
    ],
)
def test_a_wrong_people_file_is_refused_at_its_line(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(BadFolderError) as refused:
        people.read_people(tmp_path / "people.csv")
    assert code in {found.code for found in refused.value.findings}


def test_doctor_names_what_is_in_force_and_masks_secrets(ecluse, played, monkeypatch) -> None:
    place, _figures = played
    said = ecluse("-C", place, "doctor", "--offline")
    assert said.code == 0, said.out
    assert "ecluse.yaml:1" in said.out
    assert (place / "ecluse.key").read_text().strip() not in said.out
    monkeypatch.setenv("ECLUSE_COUNTRY", "BE")
    assert "ECLUSE_COUNTRY" in ecluse("-C", place, "doctor", "--offline").out


def test_doctor_says_what_is_wrong_and_what_to_do(ecluse, tmp_path: Path) -> None:
    ecluse("init", tmp_path, "--no-input", "--crm", "tryton")
    (tmp_path / "ecluse.key").chmod(0o644)
    said = ecluse("-C", tmp_path, "doctor", "--offline", "--output", "json")
    found = {check["code"]: check for check in json.loads(said.out)["checks"] if check["level"] == "wrong"}
    assert said.code == 1
    assert found["key_open"]["action"] == "chmod 600 ecluse.key"
    assert "secret" in found


class Elsewhere(BaseModel):
    folder: Path
    other: Path | None = None


def test_a_relative_path_starts_at_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("crm:\n  folder: exports\n  other: /srv/exports\n")
    held = connections.read_connections(tmp_path).settings("crm", Elsewhere, tmp_path)
    assert held == Elsewhere(folder=tmp_path / "exports", other=Path("/srv/exports"))
