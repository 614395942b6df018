"""What each peer does with one record: the visible outcome of gate 1 and nothing else, by hand, as fast as Python goes.

No policy, no labels, no perimeter, no second gate, no decision kept, no encryption: the work that Écluse is
compared with is always the smaller one.
"""

import gc
import os
import re
from typing import Any

import orjson

from bench.peers.mark import mark

_FRENCH_E164 = re.compile(r"\+33[1-9][0-9]{8}").fullmatch
_FRENCH_NATIONAL = re.compile(r"0[1-9][0-9]{8}").fullmatch
_STATUS = {"Prospecting": "a_appeler", "Engaging": "en_cours"}
#: `streams.rhythm.COLLECTING`, which the peers' environments cannot import.
COLLECTING = (50_000, 20, 50)
_unmarked = "BENCH_MARK" in os.environ


def project(raw: bytes) -> tuple[bytes, bytes]:
    """The record's key, and what leaves of it, as JSON."""
    if _unmarked:
        _begin()
    event = orjson.loads(raw)
    data: dict[str, Any] = event["data"]
    contact, account = data["contact"], data["account"]
    fields = {
        "prenom": contact["first_name"],
        "nom": contact["last_name"],
        "telephone": _e164(contact["phone"]),
        "portable": _e164(contact["mobile"]),
        "courriel": contact["email"],
        "societe": account["name"],
        "ville": account["city"],
        "effectif": account["employees"],
        "statut": _STATUS[data["opportunity"]["stage"]],
    }
    body = {"campaign": "t4", "fields": fields, "dial": event["origin"] == "live"}
    return event["subject"].encode(), orjson.dumps(body)


def _e164(number: str) -> str | None:
    if _FRENCH_E164(number):
        return number
    plain = number.replace(" ", "").replace(".", "").replace("-", "")
    return "+33" + plain[1:] if _FRENCH_NATIONAL(plain) else None


def _begin() -> None:
    global _unmarked  # noqa: PLW0603 - looked at for each record: nothing is cheaper
    _unmarked = False
    # As Écluse's own workers do once all is loaded: for a process that makes nothing but batches it is worth a tenth.
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    mark()
