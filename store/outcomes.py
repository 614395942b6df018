"""What many decisions of a link have in common, kept once: verdict, reason, revision, profile, and which fields.

A decision names its outcome by a digest of what it says, so that whoever decides needs to ask nobody
for a number, and two workers that come to the same outcome come to the same row.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, text

from mapping.decisions import Decision

DIGEST_BYTES: Final = 16
#: What a query for decisions `d` of :tenant and :link joins to, to learn their outcome `o`.
JOINED: Final = " JOIN outcomes o ON o.tenant = d.tenant AND o.link = d.link AND o.digest = d.outcome"
_ADD: Final = text(
    "INSERT INTO outcomes (tenant, link, digest, verdict, reason, revision, profile, fields)"
    " VALUES (:tenant, :link, :digest, :verdict, :reason, :revision, :profile, :fields) ON CONFLICT DO NOTHING"
)


class Outcome(NamedTuple):
    """An outcome, in words of the database."""

    verdict: str
    reason: str
    revision: str
    profile: str
    #: JSON: what was sent, masked and stripped, as JSON Pointers.
    fields: str

    @property
    def digest(self) -> bytes:
        """Its name: a length goes before each word, so that no two outcomes are written alike."""
        said = b"".join(b"%d:%b" % (len(word), word) for word in map(str.encode, self))
        return hashlib.blake2b(said, digest_size=DIGEST_BYTES).digest()


def of(decision: Decision) -> Outcome:
    """What a decision shares with others."""
    pointers = orjson.dumps((decision.sent, decision.masked, decision.stripped)).decode()
    return Outcome(decision.verdict.value, decision.reason.value, decision.revision, decision.profile, pointers)


def add(conn: Connection, tenant: str, link: str, found: Iterable[Outcome]) -> None:
    """Keep those that are not there yet."""
    rows: list[dict[str, Any]] = [
        {"tenant": tenant, "link": link, "digest": one.digest, **one._asdict()} for one in found
    ]
    # Always in one order: two transactions that add the same ones wait for each other, and never in a circle.
    rows.sort(key=lambda row: bytes(row["digest"]))
    if rows:
        conn.execute(_ADD, rows)
