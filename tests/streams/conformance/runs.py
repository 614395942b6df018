"""The four runs of the conformance suite, by name."""

from collections.abc import Sequence
from typing import Any

import pytest

EMBEDDED = ("embedded-sqlite", "embedded-postgresql")
KAFKA = ("kafka-1", "kafka-3")
#: One worker; three that share what there is to decide.
WORKERS = {"kafka-1": 1, "kafka-3": 3}


def params(names: Sequence[str]) -> list[Any]:
    """With the marks of the services that a run needs: one process runs all that need Kafka."""
    kafka = (pytest.mark.kafka, pytest.mark.xdist_group("kafka"))
    return [pytest.param(name, marks=kafka if name in KAFKA else ()) for name in names]


def only(*names: str) -> Any:
    """A test that these runs suffice for. Its docstring or its module says why."""
    return pytest.mark.parametrize("run", params(names), indirect=True)
