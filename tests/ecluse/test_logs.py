"""The log of a running service: what is said, and that saying it never brings anything down."""

import asyncio
import io
import json
import logging

import pytest
import structlog

from ecluse import logs
from streams.metrics import Metrics
from tests.web.doorway import MemoryDesk
from web.app import create
from web.guard import Guard
from web.problems import Problems
from web.wording import title

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


@pytest.fixture
def clock():
    """Seconds that only grow, when a test says so."""
    return [5.0]


@pytest.fixture
def heard(clock):
    """What is logged, as `ecluse run` logs it."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.start(stream, monotonic=lambda: clock[0])
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)


async def through_the_guard(app):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await Guard(app, problems=Problems(title, "/reasons"))(SCOPE, receive, send)
    return sent


def test_a_mistake_of_ours_is_answered_as_a_problem_and_logged_by_its_kind_alone(heard):
    async def falls(_scope, _receive, _send):
        raise RuntimeError("marge 48210")

    begin, body = asyncio.run(through_the_guard(falls))

    assert begin["status"] == 500
    assert json.loads(body["body"])["code"] == "internal_error"
    [line] = heard()
    assert line["event.action"] == "request_failed"
    assert line["ecluse.code"] == "RuntimeError"
    assert "48210" not in json.dumps(line)


def test_a_word_that_nobody_listed_is_logged_without_itself_and_without_its_fields(heard):
    structlog.get_logger("somebody").warning("marge 48210", code="48210")

    [line] = heard()
    assert line["event.action"] == "library"
    assert "48210" not in json.dumps(line)


def test_a_library_that_repeats_itself_is_heard_once_a_minute_and_counted(heard, clock):
    """A client of a broker that is away would fill the disk."""
    client = logging.getLogger("some.client")
    for _ in range(1_000):
        client.error("cannot reach 10.1.2.3")
    client.warning("something else")
    logging.getLogger("another.client").error("cannot reach it either")
    clock[0] += logs.QUIET_SECONDS
    client.error("cannot reach 10.1.2.3")
    client.error("cannot reach 10.1.2.3")

    told = [(line["ecluse.logger"], line["log.level"], line.get("ecluse.count")) for line in heard()]
    assert told == [
        ("some.client", "error", None),
        ("some.client", "warn", None),
        ("another.client", "error", None),
        ("some.client", "error", 1_000),
    ]


def test_the_application_has_the_guard_around_it():
    layers: list[object] = [layer.cls for layer in create(MemoryDesk()).user_middleware]

    assert Guard in layers


def test_each_line_is_counted_by_its_level_once_somebody_counts(heard):
    metrics = Metrics()
    logs.say(logs.Action.STARTED)
    logs.counted(metrics.count_log)
    logs.say(logs.Action.READY)
    logging.getLogger("some.library").error("with words that may quote data")
    page = metrics.render().decode()
    assert 'ecluse_log_messages_total{level="info"} 1.0' in page
    assert 'ecluse_log_messages_total{level="error"} 1.0' in page
    assert [line["event.action"] for line in heard()] == ["started", "ready", "library"]
