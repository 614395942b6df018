"""A policy handed over to the compiled core. The one place that knows how it decides."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import orjson

from filters.folding import table
from filters.handover import audience, handed_over
from mapping.decisions import Command, Decision, Written
from mapping.policy import Policy
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from store import core
from streams.reference import shown_as

if TYPE_CHECKING:
    from ecluse_compiled import Batch, Folding, Gates, Plan, Way

IN_FORCE, _CORE = core.found()


def plan(policy: Policy) -> "Plan | None":
    """A policy, ready to decide; None where the core does not know everything that it says."""
    if _CORE is None:
        return None
    everyone = tuple(policy.profiles)
    alike = [(shown_as(policy, everyone), everyone)]
    audiences = [(name, (name,)) for name in everyone] if policy.views else alike
    try:
        gates = _gates([audience(policy, name, profiles) for name, profiles in audiences])
        made: Plan = _CORE.Plan({**handed_over(policy), "gates": gates}, _folding(), _words(policy.revision))
    except ValueError:
        return None
    return made


def batch(messages: Sequence[bytes | None]) -> "Batch | None":
    """A carrier's messages, each by its link; None where no core is in force."""
    return None if _CORE is None else _CORE.Batch(messages)


def way(
    plan: "Plan",
    link: tuple[str, str],
    partition: int,
    most: int,
    keys: Sequence[tuple[int, bytes]] | None,
    sealing: int,
) -> "Way":
    """The way of one link's events through a carrier. Whoever has a plan has a core."""
    if _CORE is None:
        raise RuntimeError("no_compiled_core")
    made: Way = _CORE.Way(plan, link, partition, most, keys, sealing)
    return made


#: By what they are made of. Links that use one pack have the same gates, and a worker has thousands of links.
_GATES: "WeakValueDictionary[bytes, Gates]" = WeakValueDictionary()


def _gates(audiences: list[dict[str, Any]]) -> "Gates":
    if _CORE is None:
        raise RuntimeError("no_compiled_core")
    name = orjson.dumps(audiences, default=sorted, option=orjson.OPT_SORT_KEYS)
    found = _GATES.get(name)
    if found is None:
        found = _GATES[name] = _CORE.Gates(audiences)
    return found


@cache
def _folding() -> "Folding":
    if _CORE is None:
        raise RuntimeError("no_compiled_core")
    made: Folding = _CORE.Folding(*table())
    return made


def _words(revision: str) -> dict[str, Any]:
    """What every decision is made of, so that the core makes none of its own."""
    return {
        "make": tuple.__new__,
        "decision": Decision,
        "command": Command,
        "written": Written,
        "upsert": CommandKind.UPSERT_PROSPECT,
        "revision": revision,
        "send": Verdict.SEND,
        "withhold": Verdict.WITHHOLD,
        "cleared": Reason.CLEARED,
        "outside": Reason.OUTSIDE_PERIMETER,
        "closed": Reason.CAMPAIGN_CLOSED,
        "nothing_cleared": Reason.NOTHING_CLEARED,
        "deleted": Reason.RECORD_DELETED,
        "said": {
            "sent": _said(Verdict.SEND, Reason.CLEARED, revision),
            "outside": _said(Verdict.WITHHOLD, Reason.OUTSIDE_PERIMETER, revision),
            "closed": _said(Verdict.WITHHOLD, Reason.CAMPAIGN_CLOSED, revision),
            "nothing_cleared": _said(Verdict.WITHHOLD, Reason.NOTHING_CLEARED, revision),
            "deleted": _said(Verdict.WITHHOLD, Reason.RECORD_DELETED, revision),
            "upsert": orjson.dumps(CommandKind.UPSERT_PROSPECT.value),
        },
    }


def _said(*words: str) -> bytes:
    """As they stand in a packed decision."""
    return b",".join(map(orjson.dumps, map(str, words)))
