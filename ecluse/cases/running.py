"""Runs the cases of a file, each in a world of its own."""

from collections.abc import Iterator
from typing import NamedTuple

from ecluse.cases import judge, matrix
from ecluse.cases.coverage import Touched
from ecluse.cases.failure import Failure
from ecluse.cases.model import Case, CaseFile, Happening
from ecluse.cases.world import World
from mapping.policy import Policy


class Result(NamedTuple):
    """How a case ended."""

    case: Case
    failures: tuple[Failure, ...]
    #: Of a matrix: pairs of a profile and what it may.
    pairs: int = 0


def run(file: CaseFile, policy: Policy, touched: Touched) -> list[Result]:
    """Run every case, in order."""
    return [_one(case, file, policy, touched) for case in file.cases]


def _one(case: Case, file: CaseFile, policy: Policy, touched: Touched) -> Result:
    if case.allow is not None:
        touched.by_matrix(case.allow)
        return Result(case, tuple(matrix.judged(case, policy)), matrix.pairs(case.allow, policy))
    return Result(case, tuple(_steps(case, file, policy, touched)))


def _steps(case: Case, file: CaseFile, policy: Policy, touched: Touched) -> Iterator[Failure]:
    world = World(policy, file)
    for step in case.steps:
        outcomes = world.take(step)
        yield from judge.decisions(step, outcomes)
        seen = {}
        if step.happens is Happening.CRM:
            seen = judge.shown(step, outcomes[0], world)
            yield from judge.sights(step, outcomes[0], world)
        touched.by_step(file, step, outcomes, seen)
