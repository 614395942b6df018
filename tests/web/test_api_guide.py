"""docs/open-dialer-api.md: each example is run as it stands, with curl, and answers what the page shows."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.docs.pages import Block, blocks, prose
from tests.web.doorway import AT, SIGNING, TOKEN, MemoryDesk, whsec
from tests.web.serving import serving
from tests.web.test_api_document import validator
from web.app import create
from web.ports import Change
from web.problems import STATUS

PAGE = "docs/open-dialer-api.md"
BLOCKS = blocks(PAGE)


def examples() -> list[tuple[str, Block | None]]:
    """Each shell example, with the answer that the page shows below it."""
    found: list[tuple[str, Block | None]] = []
    for at, block in enumerate(BLOCKS):
        if block.language == "bash":
            below = BLOCKS[at + 1] if at + 1 < len(BLOCKS) else None
            found.append((block.text, below if below and below.language == "json" else None))
    return found


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
async def test_every_example_runs_and_answers_what_the_page_shows(tmp_path: Path) -> None:
    desk = MemoryDesk()
    desk.changes["nord"] = [
        Change("1", "contact/42", "t4-industrie", "upsert", AT),
        Change("2", "contact/43", "t4-industrie", "recall", AT),
    ]
    async with serving(create(desk)) as url:
        given = {"ECLUSE": url, "LINK": "nord", "TOKEN": TOKEN["nord"], "SECRET": whsec(SIGNING["nord"])}
        marks = [f"{text}\nprintf '\\n--- %s\\n' {at}\n" for at, (text, _) in enumerate(examples())]
        script = "set -euo pipefail\n" + "".join(marks)
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, cwd=tmp_path, env={**os.environ, **given, "no_proxy": "*"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode() + out.decode()
    answers = re.split(r"\n--- \d+\n", out.decode())[:-1]
    for answer, (_, shown) in zip(answers, examples(), strict=True):
        if shown is not None and answer.strip():
            assert json.loads(answer) == json.loads(shown.text)
    assert set(desk.people) == {("nord", "tp-12"), ("nord", "rm-1")}
    assert desk.acknowledged == {("nord", "2")}
    assert len(desk.events) == 6


def test_what_a_platform_receives_and_answers_is_what_the_document_says() -> None:
    shown = [json.loads(block.text) for block in BLOCKS if block.language == "json"]
    for key, pointer in (("recalls", "Recall"), ("prospects", "Prospect"), ("results", "Result")):
        items = [item for one in shown if key in one for item in one[key] if "once" in item]
        assert items
        for item in items:
            validator(f"/components/schemas/{pointer}").validate(item)


def test_the_table_of_refusals_is_whole() -> None:
    table = {
        (int(row[0]), code)
        for line in prose(PAGE).splitlines()
        if (row := [cell.strip() for cell in line.strip("|").split("|")]) and row[0].isdigit()
        for code in re.findall(r"`([a-z0-9_]+)`", row[1])
    }
    assert table == {(status, reason.value) for reason, status in STATUS.items()}
