"""The tables, as SQLAlchemy sees them. Alembic makes them (`store/migrations`); a test holds the two together.

The tenant comes first in every primary key. Times are integers, UTC microseconds, from the
database's clock. `body` columns are sealed (`store.keys`), and `key_id` says under which key.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _number(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False, autoincrement=False) for name in names]


def _optional_number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


def _sealed() -> list[Column[int] | Column[bytes]]:
    return [Column("key_id", BigInteger, nullable=False), Column("body", LargeBinary, nullable=False)]


events = Table(
    "events",
    metadata,
    *_text("tenant", "link", "side"),
    *_number("seq"),
    *_text("key", "type", "record", "origin"),
    *_number("received_at"),
    *_sealed(),
    PrimaryKeyConstraint("tenant", "link", "side", "seq"),
    UniqueConstraint("tenant", "link", "key", name="uq_events_key"),
)

positions = Table(
    "positions",
    metadata,
    *_text("tenant", "link", "side"),
    *_number("seq", "moved_at"),
    PrimaryKeyConstraint("tenant", "link", "side"),
    sqlite_with_rowid=False,
)

cursors = Table(
    "cursors",
    metadata,
    *_text("tenant", "link", "source", "cursor"),
    *_number("saved_at"),
    PrimaryKeyConstraint("tenant", "link", "source"),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    *_text("tenant", "name", "holder"),
    *_number("epoch", "expires_at"),
    PrimaryKeyConstraint("tenant", "name"),
    sqlite_with_rowid=False,
)

outcomes = Table(
    "outcomes",
    metadata,
    *_text("tenant", "link"),
    Column("digest", LargeBinary, nullable=False),
    *_text("verdict", "reason", "revision", "profile", "fields"),
    PrimaryKeyConstraint("tenant", "link", "digest"),
    sqlite_with_rowid=False,
)

decisions = Table(
    "decisions",
    metadata,
    *_text("tenant", "link", "side"),
    *_number("seq"),
    *_text("record"),
    #: `outcomes.digest`.
    Column("outcome", LargeBinary, nullable=False),
    Column("attempt", Integer, nullable=False),
    *_number("decided_at"),
    *_text("state", "end_reason"),
    _optional_number("ended_at"),
    *_text("target_key"),
    PrimaryKeyConstraint("tenant", "link", "side", "seq"),
    Index("ix_decisions_record", "tenant", "link", "record", "seq"),
    Index(
        "ix_decisions_ended",
        "tenant",
        "link",
        "side",
        "state",
        sqlite_where=text("ended_at IS NOT NULL"),
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    *_text("tenant", "link", "side"),
    *_number("seq"),
    *_text("record", "kind"),
    *_sealed(),
    *_text("state"),
    Column("head", Integer, nullable=False),
    *_number("not_before"),
    Column("attempts", Integer, nullable=False),
    *_text("code"),
    *_number("created_at"),
    PrimaryKeyConstraint("tenant", "link", "side", "seq"),
    Index("ix_outbox_lane", "tenant", "link", "side", "record", "seq"),
    Index(
        "ix_outbox_due",
        "tenant",
        "link",
        "side",
        "not_before",
        "seq",
        sqlite_where=text("head = 1"),
        postgresql_where=text("head = 1"),
    ),
    sqlite_with_rowid=False,
)

disclosures = Table(
    "disclosures",
    metadata,
    *_text("tenant", "link", "record", "audience", "pointers"),
    Column("digest", LargeBinary, nullable=False),
    *_text("revision", "campaign"),
    *_number("seq", "disclosed_at"),
    _optional_number("recalled_at"),
    _optional_number("acknowledged_at"),
    *_number("changed_at"),
    PrimaryKeyConstraint("tenant", "link", "record"),
    Index("ix_disclosures_changed", "tenant", "link", "changed_at", "record"),
    sqlite_with_rowid=False,
)

echoes = Table(
    "echoes",
    metadata,
    *_text("tenant", "link", "record_field"),
    Column("digest", LargeBinary, nullable=False),
    *_number("written_at"),
    PrimaryKeyConstraint("tenant", "link", "record_field", "digest"),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    metadata,
    *_text("tenant", "link", "object", "key", "version"),
    Column("digest", LargeBinary, nullable=False),
    *_sealed(),
    *_number("read_at"),
    PrimaryKeyConstraint("tenant", "link", "object", "key"),
)

record_refs = Table(
    "record_refs",
    metadata,
    *_text("tenant", "link", "object", "key", "ref_object", "ref_key"),
    PrimaryKeyConstraint("tenant", "link", "object", "key", "ref_object"),
    ForeignKeyConstraint(
        ["tenant", "link", "object", "key"],
        ["records.tenant", "records.link", "records.object", "records.key"],
        ondelete="CASCADE",
    ),
    Index("ix_record_refs_to", "tenant", "link", "ref_object", "ref_key", "object"),
    sqlite_with_rowid=False,
)

people = Table(
    "people",
    metadata,
    *_text("tenant", "link", "id"),
    *_sealed(),
    *_number("saved_at"),
    PrimaryKeyConstraint("tenant", "link", "id"),
)

proposals = Table(
    "proposals",
    metadata,
    *_text("tenant", "link", "id", "kind", "record", "state", "proposed_by", "side"),
    *_number("seq", "created_at", "deadline"),
    *_text("decided_by"),
    _optional_number("decided_at"),
    _optional_number("write_seq"),
    *_sealed(),
    PrimaryKeyConstraint("tenant", "link", "id"),
    ForeignKeyConstraint(
        ["tenant", "link", "side", "seq"], ["events.tenant", "events.link", "events.side", "events.seq"]
    ),
    Index("ix_proposals_state", "tenant", "link", "state", "deadline"),
    Index("ix_proposals_seq", "tenant", "link", "side", "seq"),
    Index("ix_proposals_write", "tenant", "link", "write_seq"),
)

quarantine = Table(
    "quarantine",
    metadata,
    *_text("tenant", "link"),
    *_number("seq"),
    *_text("side", "stage", "reason", "state"),
    *_number("parked_at"),
    Column("times", Integer, nullable=False),
    *_text("discarded_by", "discarded_why"),
    *_sealed(),
    PrimaryKeyConstraint("tenant", "link", "seq"),
    ForeignKeyConstraint(
        ["tenant", "link", "side", "seq"], ["events.tenant", "events.link", "events.side", "events.seq"]
    ),
    Index("ix_quarantine_state", "tenant", "link", "side", "state"),
)

revisions = Table(
    "revisions",
    metadata,
    *_text("tenant", "link"),
    *_number("number"),
    *_text("revision", "reason", "date", "decided_by", "source_text"),
    *_number("made_live_at"),
    PrimaryKeyConstraint("tenant", "link", "number"),
)

requests = Table(
    "requests",
    metadata,
    *_text("tenant", "link"),
    #: `after`: the number of the revision in force when it was asked for.
    *_number("number", "after"),
    *_text("revision", "track", "parts", "reason", "date", "decided_by", "source_text"),
    *_number("recalls", "sends", "held"),
    PrimaryKeyConstraint("tenant", "link", "number"),
)

signatures = Table(
    "signatures",
    metadata,
    *_text("tenant", "link"),
    #: `requests.number`; 0: about the register itself.
    *_number("request", "number"),
    *_text("act", "name", "account", "reason"),
    *_number("figure", "signed_at"),
    PrimaryKeyConstraint("tenant", "link", "request", "number"),
)

data_keys = Table(
    "data_keys",
    metadata,
    *_text("tenant"),
    *_number("key_id"),
    *_text("purpose"),
    Column("wrapped", LargeBinary, nullable=False),
    *_number("made_at"),
    _optional_number("shredded_at"),
    PrimaryKeyConstraint("tenant", "key_id"),
    sqlite_with_rowid=False,
)
