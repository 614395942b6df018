"""The import contracts really fail when someone breaks them: one tree that breaks all, one run of the linter."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecluse", "web", "streams", "connectors", "store", "filters", "mapping")
OFFENCES = {
    "mapping/upwards.py": ("import filters", "mapping is not allowed to import filters"),
    "store/upwards.py": ("import web", "store is not allowed to import web"),
    "mapping/clock.py": ("import time", "mapping is not allowed to import time"),
    "filters/database.py": ("import sqlalchemy", "filters is not allowed to import sqlalchemy"),
    "filters/path.py": ("from os.path import join", "filters is not allowed to import os"),
    "connectors/tryton.py": (
        "import connectors.jobphoning",
        "connectors.tryton is not allowed to import connectors.jobphoning",
    ),
    "connectors/http.py": ("import connectors.tryton", "connectors.http is not allowed to import connectors.tryton"),
    "connectors/jobphoning.py": ("import connectors.port, connectors.faults, connectors.http", ""),
    "connectors/port.py": ("", ""),
    "connectors/faults.py": ("", ""),
    "connectors/unlisted.py": ("", "- connectors.unlisted"),
    "streams/embedded.py": ("import streams.kafka", "streams.embedded is not allowed to import streams.kafka"),
    "streams/kafka.py": ("", ""),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in PACKAGES:
        (tree / package).mkdir()
        (tree / package / "__init__.py").touch()
    for path, (line, _) in OFFENCES.items():
        (tree / path).write_text(f"{line}\n", "utf-8")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {"PYTHONPATH": str(tree)}
    run = subprocess.run(command, check=False, cwd=tree, env=environment, capture_output=True, text=True)
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("path", [path for path, (_, found) in OFFENCES.items() if found])
def test_a_forbidden_import_is_found(findings: str, path: str) -> None:
    assert OFFENCES[path][1] in findings


def test_a_connector_may_use_what_all_share(findings: str) -> None:
    for shared in ("port", "faults", "http"):
        assert f"connectors.jobphoning is not allowed to import connectors.{shared}" not in findings
