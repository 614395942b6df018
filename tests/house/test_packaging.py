"""What is shipped is whole, and its locks are pinned and name no place."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecluse", "web", "streams", "connectors", "store", "filters", "mapping")
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", folder], check=False, cwd=ROOT, capture_output=True, text=True)
    return {path for path in listed.stdout.splitlines() if (ROOT / path).is_file()}


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        assert f"{package}/__init__.py" in shipped
        assert tracked(package) <= shipped
    folders = {name.split("/")[0] for name in shipped}
    assert folders == {*PACKAGES, f"{wheel.name.split('-')[0]}-{wheel.name.split('-')[1]}.dist-info"}


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.stem for lock in LOCKS])
def test_a_lock_pins_by_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(r"://|^--?(index|extra-index|find-links|i |f )", text, re.MULTILINE)
    pinned = re.findall(r"^\S+==\S+.*\\$(?:\n    --hash=sha256:[0-9a-f]{64}.*$)+", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-zA-Z]", text, re.MULTILINE)) > 0


def test_all_locks_are_cuts_of_one_resolution() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        if lock.stem != "tryton":  # an environment of its own
            for name, version in re.findall(r"^(\S+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE):
                versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
