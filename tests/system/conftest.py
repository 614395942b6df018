"""The end-to-end suite runs on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from web.sandbox.dialer import Dialer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_database"))
    return f"sqlite:///{tmp_path / 'ecluse.db'}"


@pytest.fixture
async def dialer() -> AsyncIterator[Dialer]:
    """A dialer's memory, which outlives Écluse's."""
    floor = Dialer()
    yield floor
    await floor.client.aclose()
