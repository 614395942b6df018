"""Logs for machines: one JSON object a line on stderr, event names from a closed list, and no values in them.

What may be said beside an event is closed as well: a field that is not listed here is dropped, so
that a record's content cannot slip in by the name of a keyword.
"""

import logging
import sys
import time
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
#: So long a library that repeats itself is not listened to.
QUIET_SECONDS = 60.0


def start(
    stream: TextIO | None = None, level: int = logging.INFO, monotonic: Callable[[], float] = time.monotonic
) -> None:
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
    root.handlers = [_Heard(monotonic)]
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
    """A library's log records, without their words; of those that are then alike, one a minute, and how many they were.

    A client whose broker is away for an hour says so a hundred times a second.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._monotonic = monotonic
        #: When the like was said, and how many were passed over since.
        self._said: dict[tuple[str, str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        level = level if level in SEVERITY else "info"
        code = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        alike, now = (record.name, level, code), self._monotonic()
        said_at, passed_over = self._said.get(alike, (-QUIET_SECONDS, 0))
        if now - said_at < QUIET_SECONDS:
            self._said[alike] = said_at, passed_over + 1
            return
        self._said[alike] = now, 0
        more = ({"code": code} if code else {}) | ({"count": passed_over + 1} if passed_over else {})
        say(Action.LIBRARY, level, logger=record.name, **more)
