"""Any dialer platform that speaks Écluse's own open dialer API.

API    docs/open-dialer-api.md, version 1: the platform receives at its own address, or fetches from ours
Order  one batch at a time for each record; a prospect's later version replaces the earlier one
Delete `POST {base}/recalls` asks the platform to erase a prospect; the feed names recalls until they are acknowledged
Limit  100 prospects in a request; 429 and 503 with Retry-After are heeded
Repeat the prospect's id is the key: the same batch twice changes nothing; `webhook-id` is the same for a repetition
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors import dialer_events, dialer_wire
from connectors.port import Connector, Happening, Repeat
from mapping.words import CommandKind, Side


class Settings(dialer_wire.WireSettings):
    """`base_url` for a platform that receives, empty for one that fetches; `inlet` for what comes back."""


def receive(_settings: Any, body: bytes, _headers: Mapping[str, str]) -> Sequence[Happening]:
    """Events as they come to `/dialer/v1/{link}/events`, whose signature the web has judged."""
    return dialer_events.read(body)


CONNECTOR = Connector(
    name="open_dialer",
    side=Side.DIALER,
    settings=Settings,
    access=dialer_wire.access,
    sinks={
        CommandKind.UPSERT_PROSPECT: dialer_wire.push_prospects,
        CommandKind.RECALL_PROSPECT: dialer_wire.push_recalls,
    },
    receive=receive,
    batch=dialer_wire.BATCH,
    repeat=Repeat.EXTERNAL_KEY,
    views=True,
)
