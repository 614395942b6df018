"""The words of the two systems, side by side: fields, call results, statuses, connectors, country."""

from collections.abc import Collection
from typing import Final

from mapping.countries import COUNTRIES, OFTEN_WRITTEN
from mapping.free_text import unscreened
from mapping.mask_checks import shown_whole
from mapping.nearest import nearest
from mapping.scene import Scene, where
from mapping.words import Disposition, Grant, Shape

#: Words of this module that are arguments of findings.
TERMS: Final = ("an appointment", "a lead status")


def fields_once(scene: Scene) -> None:
    """E203: two lines fill the same field of the dialer."""
    first: dict[str, int] = {}
    for index, line in enumerate(scene.link.fields):
        if line.to in first:
            earlier = where(scene.at("fields", first[line.to], "to").word)
            scene.findings.add("E203", scene.at("fields", index, "to"), word=line.to, where=earlier)
        first.setdefault(line.to, index)


def tables_give_text(scene: Scene) -> None:
    """E210: a table of values beside a type that is not text."""
    for index, line in enumerate(scene.link.fields):
        if line.values is not None and line.shape is not Shape.TEXT:
            scene.findings.add("E210", scene.at("fields", index, "as"), word=line.shape.value)


def free_text_is_screened(scene: Scene) -> None:
    """E223: a comment or note that would go out as it was written."""
    for index, line in enumerate(scene.link.fields):
        item, name = line.source.split(".", 1)
        if unscreened(line, scene.labels.get((item, name))):
            scene.findings.add("E223", scene.at("fields", index, "from"), field=line.source)


def something_to_call(scene: Scene) -> None:
    """W309, W311: nothing goes out, or nothing that can be dialled."""
    if not scene.link.fields:
        scene.findings.add("W311", scene.section("fields"), path=("fields",))
    elif not any(line.shape is Shape.E164 and shown_whole(scene, line) for line in scene.link.fields):
        scene.findings.add("W309", scene.section("fields"), path=("fields",))


def call_results(scene: Scene) -> None:
    """E213, W312, W313: call results that make no sense, and those that are missing."""
    dispositions = scene.link.dispositions
    span = scene.section("dispositions")
    for word, rule in dispositions.items():
        if rule.means is Disposition.OPPOSED and rule.retry_after is not None:
            scene.findings.add("E213", scene.at("dispositions", word, "retry_after"), word=word)
    if "dispositions" in scene.hurt:
        return
    if not dispositions:
        scene.findings.add("W312", span, path=("dispositions",))
    elif all(rule.means is not Disposition.OPPOSED for rule in dispositions.values()):
        scene.findings.add("W313", span, path=("dispositions",))


def proposals(scene: Scene) -> None:
    """W307: a call result proposes what no profile may propose."""
    if not scene.link.profiles:
        return
    for word, rule in scene.link.dispositions.items():
        if rule.means is Disposition.APPOINTMENT_PROPOSED and not scene.somebody_may(Grant.PROPOSE_APPOINTMENT):
            place, what, grant = scene.at("dispositions", word, "is"), "an appointment", Grant.PROPOSE_APPOINTMENT
            scene.findings.add("W307", place, word=word, what=what, grant=grant.value)
        if rule.propose_status is not None and not scene.somebody_may(Grant.PROPOSE_LEAD_STATUS, Grant.SET_LEAD_STATUS):
            place, grant = scene.at("dispositions", word, "propose_status"), Grant.PROPOSE_LEAD_STATUS
            scene.findings.add("W307", place, word=word, what="a lead status", grant=grant.value)


def statuses(scene: Scene) -> None:
    """E208: a call result proposes a status that is not in the table. Without a table every status passes as it is."""
    known = scene.link.statuses
    if not known:
        return
    of_crm = {theirs: ours for ours, theirs in known.items()}
    for word, rule in scene.link.dispositions.items():
        status = rule.propose_status
        if status is not None and status not in known and not scene.findings.full:
            near = of_crm.get(status) or nearest(status, known)
            scene.findings.add(
                "E208", scene.at("dispositions", word, "propose_status"), expected=tuple(known), nearest=near,
                word=status, known=", ".join(known),
            )  # fmt: skip


def country(scene: Scene) -> None:
    """E214: a country that does not exist."""
    code = scene.link.country
    if code not in COUNTRIES:
        scene.findings.add("E214", scene.at("country"), nearest=OFTEN_WRITTEN.get(code, ""), word=code)


def both_sides(scene: Scene) -> None:
    """E211, E212: a connector or a connection that this installation does not have."""
    link, around = scene.link, scene.around
    for side, endpoint, connectors in (("crm", link.crm, around.crm), ("dialer", link.dialer, around.dialer)):
        if side in scene.hurt:
            continue
        _known(scene, "E211", (side, "connector"), endpoint.connector, connectors)
        _known(scene, "E212", (side, "connection"), endpoint.connection, around.connections)


def _known(scene: Scene, code: str, path: tuple[str, str], word: str, known: Collection[str] | None) -> None:
    if known is not None and word not in known:
        words = tuple(sorted(known))
        scene.findings.add(
            code, scene.at(*path), expected=words, nearest=nearest(word, words), word=word, known=", ".join(words)
        )


__all__ = [
    "TERMS",
    "both_sides",
    "call_results",
    "country",
    "fields_once",
    "free_text_is_screened",
    "proposals",
    "something_to_call",
    "statuses",
    "tables_give_text",
]
