"""What can be wrong with a broker, told by codes and names of topics. Needs no client, so that all may catch it.

LogError
├── Unfit         topics that would not keep what is entrusted to them: nothing was started
├── Unreachable   no broker answered in time: the same may succeed later
└── Refused       the broker knows us and says no: credentials or rights
"""


class LogError(Exception):
    """Something about the log. `code` is stable snake_case; `topic` may be empty."""

    def __init__(self, code: str, topic: str = "") -> None:
        self.code = code
        self.topic = topic
        super().__init__(" ".join(part for part in (code, topic) if part))


class Unfit(LogError):
    """A topic that is weaker than what it is for."""


class Unreachable(LogError):
    """No answer."""


class Refused(LogError):
    """Not for us."""
