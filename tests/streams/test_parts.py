"""What a dialer bundles becomes events of one kind of write each (decision 0003)."""

from copy import deepcopy
from typing import Any

import pytest

from mapping.words import EventType
from streams.parts import parts
from tests.policies import CALL, LINK, policy

RULES = policy(dispositions={**LINK["dispositions"], "QUALIF": {"is": "qualified", "propose_status": "chaud"}})


def bundle(disposition: str = "NRP", **blocks: object) -> dict[str, Any]:
    event = deepcopy(CALL)
    event["data"]["call"]["disposition"] = disposition
    event["data"].update(blocks)
    return event


def test_the_result_keeps_its_id_and_the_others_derive_theirs():
    told = bundle(status={"value": "chaud"}, next_action={"kind": "rappel"}, appointment={"start": "2026-12-01"})

    assert [(part["id"], part["type"]) for part in parts(told)] == [
        ("c-1", EventType.CALL_ENDED),
        ("c-1/status", EventType.STATUS_PROPOSED),
        ("c-1/action", EventType.ACTION_PLANNED),
        ("c-1/appointment", EventType.APPOINTMENT_PROPOSED),
    ]


def test_each_part_holds_its_own_block_and_who_spoke_of_whom():
    told = bundle(appointment={"start": "2026-12-01"}, status={"value": "chaud"})

    for part in parts(told)[1:]:
        assert part["data"].keys() - {"prospect", "campaign", "agent"} in ({"appointment"}, {"status"})
        assert part["data"]["agent"] == told["data"]["agent"]


@pytest.mark.parametrize("said", ["QUALIF", "qualif", "Qualif"])
def test_a_result_proposes_the_status_that_the_link_says_however_it_is_spelt(said):
    made = parts(bundle(said), RULES)

    assert [part["id"] for part in made] == ["c-1", "c-1/status"]
    assert made[1]["data"]["status"] == {"value": "chaud"}


def test_a_status_that_came_with_the_call_goes_before_the_one_the_link_proposes():
    made = parts(bundle("QUALIF", status={"value": "froid"}), RULES)

    assert [part["data"].get("status") for part in made] == [None, {"value": "froid"}]


@pytest.mark.parametrize("told", [bundle(), bundle(appointment=None, status=None)])
def test_an_event_without_a_bundle_is_one_event(told):
    assert len(parts(told, RULES)) == 1


def test_the_same_call_told_twice_gives_the_same_parts():
    told = bundle(appointment={"start": "2026-12-01"})

    assert parts(told) == parts(deepcopy(told))
