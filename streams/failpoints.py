"""The named instants at which a crash test may strike.

In production every point is inert. They stand in the code, not in a test, because a promise such
as "nothing acknowledged is lost" is about each instant between two steps.
"""

from enum import StrEnum


class Point(StrEnum):
    """Where the runtime can be made to stop, in the order an event meets them."""

    AFTER_PULL = "after_pull"
    BEFORE_APPEND_COMMIT = "before_append_commit"
    AFTER_APPEND = "after_append"
    AFTER_READ = "after_read"
    AFTER_DECIDE = "after_decide"
    BEFORE_DECISION_COMMIT = "before_decision_commit"
    AFTER_DECISION_COMMIT = "after_decision_commit"
    AFTER_LOOK = "after_look"
    AFTER_STARTED = "after_started"
    AFTER_PUSH = "after_push"
    BEFORE_MARK_COMMIT = "before_mark_commit"
    AFTER_MARK = "after_mark"


class Failpoints:
    """Inert: a test passes its own, with the same method."""

    def reach(self, point: Point) -> None:
        """Called at each point; a test's double raises here."""


INERT = Failpoints()
