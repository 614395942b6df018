"""Connectors by name: ours, and a third party's that is really installed."""

import sys
from pathlib import Path

import pytest

from connectors import registry
from connectors.faults import Misconfigured
from connectors.port import Connector

MODULE = """
from pydantic import BaseModel
from connectors.port import Connector, Finding
from mapping.words import Side

async def access(session):
    return [Finding(True, "signed_in")]

CONNECTOR = Connector(name="acme", side=Side.CRM, settings=BaseModel, access=access)
NOT_ONE = "a string"
"""
POINTS = """[ecluse.connectors]
acme = acme_ecluse:CONNECTOR
csv = acme_ecluse:CONNECTOR
other = acme_ecluse:CONNECTOR
empty = acme_ecluse:NOT_ONE
gone = acme_ecluse:MISSING
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_ecluse.py").write_text(MODULE)
    about = tmp_path / "acme_ecluse-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-ecluse\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_ecluse", raising=False)


@pytest.mark.parametrize("name", ["csv", "tryton"])
def test_a_connector_that_comes_along_is_found_by_its_name(name: str) -> None:
    found = registry.connector(name)
    assert isinstance(found, Connector)
    assert found.name == name


@pytest.mark.usefixtures("installed")
def test_a_third_partys_connector_is_found_by_its_entry_point() -> None:
    assert registry.connector("acme").name == "acme"
    assert {"acme", "csv", "tryton"} <= set(registry.names())


@pytest.mark.usefixtures("installed")
def test_a_third_party_cannot_take_the_place_of_one_that_comes_along() -> None:
    assert registry.connector("csv").name == "csv"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["other", "empty", "gone"])
def test_what_is_no_connector_of_that_name_is_broken(name: str) -> None:
    with pytest.raises(Misconfigured, match="broken_connector"):
        registry.connector(name)


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    with pytest.raises(Misconfigured, match="unknown_connector"):
        registry.connector("salesfork")
