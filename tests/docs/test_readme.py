"""The README's first link does what the README says it does, and the page stays short."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import orjson

from connectors import registry
from mapping.policy import compile_link
from mapping.reader import read_link
from streams.outbound import Outbound
from tests.docs.pages import ROOT, blocks, text_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LONGEST_LINES = 150


def test_the_first_link_decides_the_event_as_shown():
    shown = blocks("README.md")
    [link] = [block.text for block in shown if block.language == "yaml"]
    event, expected = [json.loads(block.text) for block in shown if block.language == "json"]
    read = read_link(link, "README.md", views=True).link
    assert read is not None
    policy = compile_link(read, views=registry.connector(read.dialer.connector).views)

    [decision] = Outbound(policy).decide([orjson.dumps(event)], NOW)

    said = decision.as_dict()
    del said["command"]
    assert said == expected


def test_the_demo_prints_what_the_page_shows():
    environment = {**os.environ, "ECLUSE_LANGUAGE": "en", "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ecluse", "demo"]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    [excerpt] = [block.text for block in blocks("README.md") if block.language == "text"]
    printed = " ".join(done.stdout.split())

    assert done.returncode == 0, done.stderr
    assert [line for line in excerpt.splitlines() if " ".join(line.split()) not in printed] == []


def test_the_first_link_has_ten_lines():
    [link] = [block.text for block in blocks("README.md") if block.language == "yaml"]

    assert len(link.splitlines()) == 10


def test_the_page_is_short_enough_to_be_read():
    assert len(text_of("README.md").splitlines()) <= LONGEST_LINES
