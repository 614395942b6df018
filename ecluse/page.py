"""Pages that are sent, printed and kept: one file each, nothing fetched, every text escaped."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ecluse import i18n, impact
from ecluse.i18n import _, number
from ecluse.proposed import Proposed, sentences
from streams.preview import Preview

TEMPLATES = Path(__file__).parent / "pages"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def written(name: str, **values: Any) -> str:
    """A page from its template, in the language in force."""
    return _environment().get_template(name).render(lang=i18n.language(), number=number, **values)


def impact_page(one: Proposed, found: Preview | None, *, records: bool) -> str:
    """What `ecluse plan` prints, as a page."""
    said, policy = one.policy.source.revision, one.policy
    words = {
        "title": _("What revision {revision} of {link} would do", revision=policy.revision, link=policy.link),
        "decision": f"{said.reason} · {said.date} · {said.decided_by}",
        "against": _("Compared with revision {revision}, in force.", revision=one.live.revision)
        if one.live else _("Nothing is in force yet: everything that it allows is new."),
        "rules": _("What the link file changes"), "fields": _("Who would see more or less"),
        "prospects": _("Prospects"), "events": _("Events that would end otherwise"),
        "nothing": _("Nothing of it would end otherwise."), "no_rules": _("Nothing but its reason, date or decider."),
        "values": _("Names, codes and figures only: no value of a record stands here."),
        "at_most": _("at most: the CRM was not asked for this field so far, so nobody knows how many have it."),
    }  # fmt: skip
    heads = {
        "fields": ("", _("field"), _("made of"), _("label"), _("profile"), _("people"), _("records")),
        "events": (_("events"), _("so far"), _("then"), _("how many")),
    }
    body: dict[str, Any] = {"found": found}
    if found is not None:
        body = {
            "found": found, "looked_at": impact.looked_at(found), "figures": impact.figures(found),
            "fields": [_cells(row) for row in impact.rows(found, policy)],
            "events": [(_(impact.SIDES[shift.side]), *impact.shift_words(shift), number(count))
                       for shift, count in impact.shifted(found)],
            "records": impact.ids(found) if records else [],
        }  # fmt: skip
    return written("impact.html", words=words, heads=heads, rules=sentences(one), **body)


def register_page(link: str, rows: Sequence[tuple[str, ...]]) -> str:
    """Every revision of a link with its motive and its signatures."""
    words = {"title": _("Register of {link}", link=link), "what": _("Every revision that was in force, newest first.")}
    heads = (
        _("number"), _("revision"), _("in force since"), _("decided on"), _("decided by"), _("reason"), _("track"),
        _("parts"), _("proposed by"), _("approved by"), _("approved because"), _("volume accepted by"), _("records"),
    )  # fmt: skip
    return written("register.html", words=words, heads=heads, rows=rows)


def _cells(row: impact.Row) -> dict[str, Any]:
    return {"way": row.way.value, "word": _(impact.WAYS[row.way]), "cells": impact.cells(row)}
