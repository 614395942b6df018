"""A floor of telemarketers and their managers: who calls whom, and what comes of it.

Seeded and pure: the same prospects and seed give the same day. Events have the form of the open dialer API.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Event = dict[str, Any]

CALL_SECONDS = 180


class Outcome(NamedTuple):
    """A word of this dialer for the end of a call: how often it comes, and what the telemarketer adds."""

    label: str
    weight: int
    #: `appointment`, `action`, `status`, `comment` or nothing.
    adds: str = ""


OUTCOMES = (
    Outcome("NRP", 42),
    Outcome("OCCUPE", 8),
    Outcome("REPONDEUR", 14),
    Outcome("FAUX", 3),
    Outcome("RAPPEL", 10, "action"),
    Outcome("REFUS", 9),
    Outcome("PAS_INTERESSE", 4, "comment"),
    Outcome("INTERESSE", 4, "status"),
    Outcome("RDV", 6, "appointment"),
)
_COMMENTS = ("Rappeler après 17 h", "Décideur absent", "Déjà équipé", "Demande une documentation")


@dataclass
class Floor:
    """Who works here, and the appointments that wait for a manager."""

    telemarketers: Sequence[str] = ("tp-1", "tp-2", "tp-3", "tp-4")
    managers: Sequence[str] = ("rm-1",)
    outcomes: Sequence[Outcome] = OUTCOMES
    #: Of ten appointments, how many a manager validates.
    validated_of_ten: int = 8
    #: Appointment id -> prospect and campaign.
    proposed: dict[str, tuple[str, str]] = field(default_factory=dict)
    _days: int = 0

    def day(self, prospects: Sequence[Mapping[str, Any]], calls: int, begins: datetime, seed: int) -> list[Event]:
        """A day of calls, after the managers' answers to what was proposed before."""
        self._days += 1
        chance = random.Random(f"{seed}:{self._days}")  # noqa: S311 - a play, not a secret
        events = list(self._decisions(chance, begins))
        for number in range(min(calls, len(prospects) * 3)):
            prospect = prospects[chance.randrange(len(prospects))]
            name = f"s{seed}-{self._days}-{number}"
            at = begins + timedelta(seconds=number * CALL_SECONDS / max(1, len(self.telemarketers)))
            events.append(self._call(chance, name, prospect, at))
        return events

    def replayed(self, calls: Iterable[Mapping[str, Any]]) -> list[Event]:
        """Given calls, as they were: `prospect`, `disposition`, `started_at`, and what else is known of each."""
        events = []
        for number, call in enumerate(calls):
            agent = call.get("agent") or self.telemarketers[number % len(self.telemarketers)]
            name = str(call.get("id") or f"r-{number}")
            known = ("disposition", "started_at", "duration", "attempt", "comment")
            data: dict[str, Any] = {
                "prospect": {"id": call["prospect"]},
                "campaign": call.get("campaign", ""),
                "agent": {"id": agent},
                "call": {"id": name, **{key: call[key] for key in known if call.get(key) is not None}},
            }
            for block in ("appointment", "next_action", "status"):
                if call.get(block):
                    data[block] = call[block]
            if "appointment" in data:
                self.proposed[data["appointment"]["id"]] = (call["prospect"], data["campaign"])
            events.append(_event(name, "phoning.call.ended", call["started_at"], data))
        return events

    def decided(self, at: datetime, seed: int) -> list[Event]:
        """The managers' answers to everything that waits."""
        return list(self._decisions(random.Random(f"{seed}:decided"), at))  # noqa: S311 - a play, not a secret

    def _call(self, chance: random.Random, name: str, prospect: Mapping[str, Any], at: datetime) -> Event:
        outcome = chance.choices(self.outcomes, [one.weight for one in self.outcomes])[0]
        call: dict[str, Any] = {
            "id": name,
            "disposition": outcome.label,
            "started_at": at.isoformat(),
            "duration": chance.randrange(0, 20) if not outcome.adds else chance.randrange(40, 600),
            "attempt": 1 + chance.randrange(4),
        }
        data: dict[str, Any] = {
            "prospect": {"id": prospect["id"]},
            "campaign": prospect.get("campaign", ""),
            "agent": {"id": chance.choice(self.telemarketers)},
            "call": call,
        }
        later = at.replace(microsecond=0) + timedelta(days=1 + chance.randrange(5))
        if outcome.adds == "appointment":
            data["appointment"] = {
                "id": f"{name}-rdv",
                "start": later.isoformat(),
                "end": (later + timedelta(minutes=45)).isoformat(),
                "place": "Visioconférence",
                "subject": "Présentation",
            }
            self.proposed[f"{name}-rdv"] = (prospect["id"], data["campaign"])
        elif outcome.adds == "action":
            data["next_action"] = {"kind": "rappel", "at": later.isoformat()}
        elif outcome.adds == "status":
            data["status"] = {"value": "en_cours"}
        elif outcome.adds == "comment":
            call["comment"] = chance.choice(_COMMENTS)
        return _event(name, "phoning.call.ended", at.isoformat(), data)

    def _decisions(self, chance: random.Random, at: datetime) -> Iterable[Event]:
        waiting, self.proposed = self.proposed, {}
        for name, (prospect, campaign) in waiting.items():
            good = chance.randrange(10) < self.validated_of_ten
            answer = {"id": name} if good else {"id": name, "reason": "Hors cible"}
            data = {
                "prospect": {"id": prospect},
                "campaign": campaign,
                "agent": {"id": chance.choice(self.managers)},
                "appointment": answer,
            }
            word = "validated" if good else "rejected"
            yield _event(f"{name}-{word}", f"phoning.appointment.{word}", at.isoformat(), data)


def _event(name: str, kind: str, at: str, data: dict[str, Any]) -> Event:
    return {"id": name, "type": kind, "time": at, "data": data}
