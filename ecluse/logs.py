"""Logs for machines: one JSON object a line on stderr, event names from a closed list, and no values in them.

What may be said beside an event is closed as well: a field that is not listed here is dropped, so
that a record's content cannot slip in by the name of a keyword.
"""

import logging
import sys
from collections.abc import Callable, MutableMapping
from enum import StrEnum
from typing import Any, TextIO

import structlog


class Action(StrEnum):
    """Everything that is ever logged."""

    STARTED = "started"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    STOP_FORCED = "stop_forced"
    #: The runtime does not get on although it could: the process ends, and its supervisor starts another.
    GIVING_UP = "giving_up"
    LINK_LOADED = "link_loaded"
    LINK_REFUSED = "link_refused"
    FILE_NOT_IN_FORCE = "file_not_in_force"
    LEASE_HELD = "lease_held"
    PEOPLE_LOADED = "people_loaded"
    RUNTIME_FAILED = "runtime_failed"
    RUNTIME_REPORT = "runtime_report"
    #: Said by `web.guard`, which lies below and knows only the word.
    REQUEST_FAILED = "request_failed"
    LIBRARY = "library"


#: What may stand beside an event: names, codes and figures.
FIELDS = frozenset({
    "link", "tenant", "side", "connection", "code", "reason", "count", "seconds", "revision", "listen", "signal",
    "stage", "logger", "holder",
})  # fmt: skip
SEVERITY = {"debug": "debug", "info": "info", "warning": "warn", "error": "error", "critical": "fatal"}
_SAID_ONCE = ("uvicorn.access",)


def start(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Begin to log. Libraries are heard as well, but only who spoke and how loud: their texts may quote data."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
            structlog.processors.add_log_level,
            _closed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Heard()]
    root.setLevel(logging.WARNING)
    for name in _SAID_ONCE:
        logging.getLogger(name).disabled = True


def counted(by: Callable[[Any, str, Any], Any]) -> None:
    """From now on each line is counted as well: a counter beside every line."""
    structlog.configure(processors=[by, *structlog.get_config()["processors"]])


def say(action: Action, level: str = "info", **fields: Any) -> None:
    getattr(structlog.get_logger(), level)(action.value, **fields)


def _closed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    name = event.pop("event")
    if name not in set(Action):  # whoever speaks so must not fall for it: what it was doing counts more
        event, name = {key: event[key] for key in ("@timestamp", "level")}, Action.LIBRARY
    line: dict[str, Any] = {
        "@timestamp": event.pop("@timestamp"),
        "log.level": SEVERITY[event.pop("level")],
        "event.action": Action(name).value,
    }
    line.update((f"ecluse.{key}", value) for key, value in event.items() if key in FIELDS)
    return line


class _Heard(logging.Handler):
    """A library's log record, without its words."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        code = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        say(
            Action.LIBRARY,
            level if level in SEVERITY else "info",
            logger=record.name,
            **({"code": code} if code else {}),
        )
