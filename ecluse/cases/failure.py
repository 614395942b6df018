"""What a case can fail by. Names, codes and words of the link; never a value of a record."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from ecluse.i18n import N_, _
from mapping.place import Span


class Failing(StrEnum):
    """The ways to fail, as machines are told."""

    SEES_MORE = "sees_more"
    SEES_LESS = "sees_less"
    SEES_OTHER = "sees_other"
    SEES_WHOLE = "sees_whole"
    SEES_MASKED = "sees_masked"
    MAY_READ = "may_read"
    MAY_NOT_READ = "may_not_read"
    MAY_WRITE = "may_write"
    MAY_NOT_WRITE = "may_not_write"
    DECIDED = "decided"
    DECISIONS = "decisions"
    BLOCKED = "blocked"


SENTENCES: dict[Failing, str] = {
    Failing.SEES_MORE: N_("{who} sees {what}, which is not listed"),
    Failing.SEES_LESS: N_("{who} does not see {what}: {why}"),
    Failing.SEES_OTHER: N_("{who} sees {what} with another value than is written here"),
    Failing.SEES_WHOLE: N_("{who} sees all of {what}, which is to be masked"),
    Failing.SEES_MASKED: N_("{who} sees {what} masked only"),
    Failing.MAY_READ: N_("{who} may read {what}, which is not listed"),
    Failing.MAY_NOT_READ: N_("{who} may not read {what}: the role is not cleared for it"),
    Failing.MAY_WRITE: N_("{who} may write {what}, which is not listed"),
    Failing.MAY_NOT_WRITE: N_("{who} may not write {what}"),
    Failing.DECIDED: N_("{what} is {got}, not {expected}"),
    Failing.DECISIONS: N_("{got} decisions, not {expected}: a call gives one for each write that it bundles"),
    Failing.BLOCKED: N_("a made-up record of the matrix was stopped by the second gate"),
}


class Failure(NamedTuple):
    """One thing that is not as expected."""

    code: Failing
    place: Span
    #: The profile or person.
    who: str = ""
    #: The field, label, grant or part of the decision.
    what: str = ""
    expected: str = ""
    got: str = ""
    #: Marked text: why.
    why: str = ""

    def message(self, say: Callable[[str], str] = _) -> str:
        """In one sentence."""
        none = say(NOTHING)
        return say(SENTENCES[self.code]).format(
            who=self.who, what=self.what, expected=self.expected or none, got=self.got or none, why=say(self.why)
        )


NOTHING = N_("none")
