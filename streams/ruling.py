"""What a link decides by: one revision's policy and both processors compiled from it, together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mapping.decisions import Decision
from mapping.policy import Policy


class OutboundProcessor(Protocol):
    """CRM → dialer, pure: `streams.outbound.Outbound`, or a test's stand-in."""

    def decide(self, batch: Sequence[bytes], now: datetime) -> list[Decision]: ...


class InboundProcessor(Protocol):
    """Dialer → CRM, pure: `streams.inbound.Inbound`, or a test's stand-in."""

    def decide(self, batch: Sequence[bytes], facts: Any, now: datetime) -> list[Decision]: ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """One revision, ready to decide.

    Whoever decides or keeps a batch takes a link's ruling once and uses nothing else for that batch:
    another revision may come into force at any moment, and no event is decided under a mixture.
    """

    policy: Policy
    outbound: OutboundProcessor
    inbound: InboundProcessor
    #: Its place in the register; 0 where it stands in none.
    number: int = 0

    @property
    def revision(self) -> str:
        return self.policy.revision
