"""Faults that tests put into the doubles: what a network, a target or a person in a hurry does."""

import random
from collections.abc import Callable
from typing import Any

from connectors.faults import Fault, Malformed, Transient
from connectors.port import Order


def failing(fault: Exception, when: str, times: int) -> Any:
    """A fault that strikes so many times."""
    left = [times]

    def strike(moment: str, order: Order) -> None:
        if moment == when and left[0]:
            left[0] -= 1
            raise fault

    return strike


def bad_network(chance: random.Random, share: float = 0.3) -> Callable[[str, Order], None]:
    """Fails now and then, in any of the usual ways, before an order was applied or after."""

    def strike(moment: str, order: Order) -> None:
        if chance.random() < share:
            faults: list[Fault] = [
                Transient("server_error"),
                Transient("rate_limited", retry_after=5.0),
                Transient("timeout", in_doubt=True),
                Malformed("not_json"),
            ]
            raise faults[chance.randrange(len(faults))]

    return strike
