"""What has been disclosed to the dialer, and what we wrote into the CRM so that its echo is known."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

ECHO_HOURS = 24


class Disclosure(NamedTuple):
    """What the dialer holds of one record, because we sent it."""

    record: str
    #: The profiles that may see it, as one word list.
    audience: str
    #: JSON Pointers of the fields sent.
    pointers: tuple[str, ...]
    #: Keyed digest (`Keyring.mac`) of what was sent.
    digest: bytes
    revision: str
    campaign: str
    #: The event that caused it: a command of an older one has been overtaken.
    seq: int = 0


def disclosed(conn: Connection, tenant: str, link: str, records: Iterable[str]) -> dict[str, Disclosure]:
    """What the dialer holds now of these records; a recalled one is absent."""
    raise NotImplementedError


def record_disclosures(conn: Connection, tenant: str, link: str, rows: Sequence[Disclosure]) -> None:
    """Replace what is known of these records."""
    raise NotImplementedError


def forget(conn: Connection, tenant: str, link: str, records: Iterable[str], seq: int = 0) -> None:
    """They were recalled, by the event `seq`: the dialer holds them no more. The rows stay, marked."""
    raise NotImplementedError


def standing(
    conn: Connection, tenant: str, link: str, *, campaign: str | None = None, after: str = "", limit: int = 500
) -> list[Disclosure]:
    """A page of everything disclosed and not recalled, by record: for recalls and reconciliation."""
    raise NotImplementedError


def last_seqs(conn: Connection, tenant: str, link: str, records: Iterable[str]) -> Mapping[str, int]:
    """The newest event delivered for each record, recalls included."""
    raise NotImplementedError


def mark_written(conn: Connection, tenant: str, link: str, record_field: str, digest: bytes) -> None:
    """We wrote this value (its digest) into `contact/42.status`."""
    raise NotImplementedError


def take_echo(conn: Connection, tenant: str, link: str, record_field: str, digest: bytes) -> bool:
    """Whether this is our own write coming back, within 24 h. True once."""
    raise NotImplementedError
