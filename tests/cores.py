"""The compiled core in tests: both paths over the same tests, and what each says of the same events."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
import pytest

from mapping.decisions import Decision, json_of
from mapping.policy import Policy
from store.core import Use
from streams import compiled
from streams.outbound import Outbound

INSTALLED = compiled.IN_FORCE is Use.COMPILED
#: The reason that a report shows: nobody runs without the core and does not know.
needs_core = pytest.mark.skipif(not INSTALLED, reason=f"the compiled core is not in force: {compiled.IN_FORCE}")


@pytest.fixture(
    scope="module", params=[pytest.param(Use.COMPILED, marks=needs_core), Use.ASKED], ids=["compiled", "pure"]
)
def each_core(request: pytest.FixtureRequest) -> Iterator[Use]:
    """Runs a module's tests under the compiled core, and again without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "IN_FORCE", request.param)
        yield request.param


def agree(policy: Policy, raws: Sequence[Any], now: datetime) -> tuple[list[Decision], int]:
    """What both paths say of each event, which has to be the same; and how many the compiled core left."""
    quick, slow = Outbound(policy, use=Use.COMPILED), Outbound(policy, use=Use.ASKED)
    assert (quick.core, slow.core) == ("compiled", "pure")
    decided, expected = quick.decide(raws, now), slow.decide(raws, now)
    for one, other in zip(decided, expected, strict=True):
        assert one == other
        assert [type(part) for part in one[:8]] == [type(part) for part in other[:8]]
        if one.command is not None and other.command is not None:
            assert json_of(one.command.body) == orjson.dumps(other.command.body)
    return decided, quick.fell_back
