"""Call results, comments and next actions: notes on the record, each with its true author."""

from typing import Any

from connectors.port import Order, Outcome, Session
from connectors.tryton.settings import Settings
from connectors.tryton.words import joined, lines, result, say, when
from connectors.tryton.writing import author_of, noted, sink


async def _log_call(session: Session[Settings], order: Order) -> Outcome:
    settings, body = session.settings, order.body
    seconds = body.get("duration")
    lasted = (
        say(settings, "duration", minutes=seconds // 60, seconds=seconds % 60)
        if isinstance(seconds, int) and seconds >= 0
        else ""
    )
    attempt = say(settings, "attempt", number=body["attempt"]) if body.get("attempt") else ""
    campaign = say(settings, "campaign", name=body["campaign"]) if body.get("campaign") else ""
    found = result(settings, str(body.get("result") or ""), str(body.get("label") or ""))
    text = lines(
        _titled(settings, "call", found),
        joined(when(settings, body.get("started_at")), lasted, attempt, campaign),
        say(settings, "by", author=author_of(body)),
        _titled(settings, "comment", body.get("comment")),
    )
    return await noted(session, order, text)


async def _add_comment(session: Session[Settings], order: Order) -> Outcome:
    settings, body = session.settings, order.body
    text = lines(
        _titled(settings, "comment", body.get("text")),
        when(settings, body.get("at")),
        say(settings, "by", author=author_of(body)),
    )
    return await noted(session, order, text)


async def _set_next_action(session: Session[Settings], order: Order) -> Outcome:
    settings, body = session.settings, order.body
    text = lines(
        _titled(settings, "action", body.get("kind_of_action")),
        when(settings, body.get("at")),
        str(body.get("note") or ""),
        say(settings, "by", author=author_of(body)),
    )
    return await noted(session, order, text)


def _titled(settings: Settings, phrase: str, text: Any) -> str:
    colon = " : " if settings.language == "fr" else ": "
    return f"{say(settings, phrase)}{colon}{text}" if text else ""


log_call = sink(_log_call)
add_comment = sink(_add_comment)
set_next_action = sink(_set_next_action)
