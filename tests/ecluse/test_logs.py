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
def heard():
    """What is logged, as `ecluse run` logs it."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.start(stream)
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
