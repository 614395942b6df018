"""A link file beside the register: whether what it says is in force, and since when."""

import sys
from enum import StrEnum
from typing import Any, NamedTuple

from ecluse.i18n import _
from ecluse.terminal import answer, note, paint
from ecluse.words import when
from mapping.policy import Policy
from store import register
from store.database import Database
from store.register import Live


class Standing(StrEnum):
    """How a link file stands to the register."""

    #: The register has no revision of this link.
    UNKNOWN = "unknown"
    #: What the file says is in force.
    IN_FORCE = "in_force"
    #: The file says what was never made live.
    NEW = "new"
    #: The file says what was in force once, and another revision came after it.
    SUPERSEDED = "superseded"


class Compared(NamedTuple):
    """A link file beside the register."""

    standing: Standing
    live: Live | None


def compared(policy: Policy, database: Database) -> Compared:
    """How the file that this policy was compiled from stands to the register."""
    with database.read() as conn:
        live = register.revision(conn, policy.tenant, policy.link)
        if live is None:
            return Compared(Standing.UNKNOWN, None)
        if live.revision == policy.revision:
            return Compared(Standing.IN_FORCE, live)
        known = register.known(conn, policy.tenant, policy.link, policy.revision)
    return Compared(Standing.SUPERSEDED if known else Standing.NEW, live)


def not_in_force(link: str, live: Live, revision: str) -> str:
    """The sentence for a file that says something else than what is in force."""
    return _(
        "{link}: revision {live} is in force, decided by {who}; the file says {revision}, which is not. "
        "`ecluse apply {link}` puts it in force.",
        link=link, live=live.revision, who=live.decided_by, revision=revision,
    )  # fmt: skip


def warn(policy: Policy, database: Database) -> None:
    """For verbs that answer by what the file says: whether that is what runs."""
    found = compared(policy, database)
    if found.live is not None and found.standing is not Standing.IN_FORCE:
        note(paint(not_in_force(policy.link, found.live, policy.revision), "yellow", sys.stderr))


def show_revision(link: str, found: Compared, written: str) -> None:
    """What is in force, and whether the file says it. `written`: the revision of the file."""
    if found.live is None:
        answer("  " + _("no revision on record: `ecluse run` or `ecluse apply {link}` makes one", link=link))
        return
    since = when(found.live.made_live_at)
    answer("  " + _("revision {revision}, in force since {when}", revision=found.live.revision, when=since))
    if found.standing is not Standing.IN_FORCE:
        text = _("the file says {revision}, which is not in force: ecluse apply {link}", revision=written, link=link)
        answer("  " + paint(text, "yellow"))


def as_json(found: Compared, written: str) -> dict[str, Any]:
    """The same for machines."""
    live = found.live
    return {
        "in_force": live.revision if live else None,
        "number": live.number if live else None,
        "since": when(live.made_live_at, machine=True) if live else None,
        "decided_by": live.decided_by if live else None,
        "file": written,
        "standing": found.standing.value,
    }
