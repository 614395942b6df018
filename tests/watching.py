"""Watches every test for canaries at every exit: requests, logs at DEBUG, what was printed, files left behind."""

import logging
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.http import HttpSeam
from tests.canary import Ear, in_files, in_texts, sightings


@pytest.fixture(autouse=True)
def canaries_stay_home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which a canary was sent by the HTTP seam, logged, or left in a file of `tmp_path`."""
    ear, sent = Ear(), []
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    plain = HttpSeam.request

    async def watched(seam: HttpSeam, method: str, path: str, **parts: Any) -> Any:
        sent.append(b"\n".join([method.encode(), path.encode(), *map(_bytes, parts.values())]))
        return await plain(seam, method, path, **parts)

    monkeypatch.setattr(HttpSeam, "request", watched)
    root = logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(ear)
    root.setLevel(level)
    found = ear.sightings()
    for data in sent:
        found += sightings(data, "request")
    if folder is not None:
        found += in_files(folder)
    if found and request.node.get_closest_marker("plants_canaries") is None:
        pytest.fail("canaries seen: " + ", ".join(sorted(set(found))), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that printed a canary."""
    report = yield
    if report.passed and call.when == "call" and item.get_closest_marker("plants_canaries") is None:
        found = in_texts([report.capstdout, report.capstderr], "printed")
        if found:
            report.outcome = "failed"
            report.longrepr = "canaries seen: " + ", ".join(sorted(set(found)))
    return report


def _bytes(part: Any) -> bytes:
    if isinstance(part, bytes):
        return part
    return b"" if part is None else orjson.dumps(part, default=str, option=orjson.OPT_NON_STR_KEYS)
