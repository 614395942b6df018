"""The verbs of `ecluse register` that decide: approve, reject, roll back. Each on record with a name and a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ecluse import approval, asking
from ecluse.approval import Motive, Weighed
from ecluse.broker import ring
from ecluse.command import Failure, argument, option, verb
from ecluse.entries import Shelf, readable, shelf
from ecluse.i18n import N_, _
from ecluse.terminal import answer, paint, suggest
from ecluse.wiring import now
from store import requests
from store.requests import Act, Request


def _signed(function: Any) -> Any:
    """Who, and why: asked of every decision."""
    who = option("--as", "who", required=True, metavar=N_("NAME"), help=N_("Who decides it."))
    return who(option("--reason", required=True, metavar=N_("TEXT"), help=N_("Why."))(function))


def _volume(function: Any) -> Any:
    words = N_("Let up to N records be taken back or newly sent at once.")
    return option("--accept-volume", "accepts", type=click.IntRange(0), metavar="N", help=words)(function)


@verb("approve", N_("Put a request in force, as a second person: never who put it forward."),
      examples=('ecluse register approve nord 2 --as bruno.petit --reason "relu avec la direction"',))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@argument("number", metavar=N_("[NUMBER]"), type=int, required=False)
@_signed
@_volume
@click.pass_obj
def approve(folder: Path, link: str, number: int | None, who: str, reason: str, accepts: int | None) -> int:
    with shelf(folder) as place:
        request = place.book(link).waiting(number)
        decider = approval.decider(place.state.settings, who, reason, accepts)
        approval.second(request, decider)
        policy = readable(request.asked.source_text, request.asked.revision)
        weighed = approval.weigh(policy, request.asked.source_text, place.database, place.state.settings)
        approval.enough(weighed, decider)
        return _put(place, weighed, lambda conn: approval.approve(conn, weighed, request, decider))


@verb("reject", N_("Decide that a request does not come into force."),
      examples=('ecluse register reject nord 2 --as bruno.petit --reason "sans la remise"',))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@argument("number", metavar=N_("[NUMBER]"), type=int, required=False)
@_signed
@click.pass_obj
def reject(folder: Path, link: str, number: int | None, who: str, reason: str) -> int:
    with shelf(folder) as place:
        book = place.book(link)
        request = book.waiting(number)
        sign = approval.decider(place.state.settings, who, reason).sign(Act.REJECTED)
        place.database.writer.write_now(lambda conn: requests.sign(conn, book.tenant, link, request.number, sign))
    answer(_("Request {number} is rejected. Who and why are on record.", number=request.number))
    return 0


@verb("rollback", N_("Make an older revision the one in force again: a new entry, on the same tracks as any change."),
      examples=('ecluse register rollback nord 3 --as claire.martin --reason "fermée par erreur"',))  # fmt: skip
@argument("link", metavar=N_("LINK"))
@argument("number", metavar=N_("NUMBER"), type=int)
@_signed
@_volume
@click.pass_obj
def rollback(folder: Path, link: str, number: int, who: str, reason: str, accepts: int | None) -> int:
    with shelf(folder) as place:
        book = place.book(link)
        live = book.entry(number).live
        if live.revision == book.entry(None).live.revision:
            raise Failure(_("{link}: revision {revision} is in force already.", link=link, revision=live.revision))
        decider = approval.decider(place.state.settings, who, reason, accepts)
        policy = readable(live.source_text, live.revision)
        motive = Motive(reason, now().date(), decider.name)
        weighed = approval.weigh(policy, live.source_text, place.database, place.state.settings, motive)
        approval.enough(weighed, decider)
        return _put(place, weighed, lambda conn: approval.ask(conn, weighed, decider))


VERBS = (approve, reject, rollback)


def _put(place: Shelf, weighed: Weighed, write: Callable[[Any], Request]) -> int:
    asking.show_weight(weighed)
    request = place.database.writer.write_now(write)
    if asking.missing(request):
        asking.show_waiting(weighed.policy.link, request)
        return 0
    ring(place.state)
    answer(paint(_("On record. Every running process takes it within 2 seconds."), "bold green"))
    suggest("ecluse status")
    return 0
