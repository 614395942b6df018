"""The first tables.

Revision ID: 0001
Revises:
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: What PostgreSQL must not try to compress: sealed bytes do not shrink.
SEALED = ("events", "outbox", "records", "people", "proposals", "quarantine")


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False) for name in names]


def _optional_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=True)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _sealed() -> list[sa.Column[Any]]:
    return [sa.Column("key_id", sa.BigInteger, nullable=False), _bytes("body")]


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant", *names, name=f"pk_{table}")


def _of_event(table: str) -> sa.ForeignKeyConstraint:
    columns = ("tenant", "link", "side", "seq")
    return sa.ForeignKeyConstraint(columns, [f"events.{name}" for name in columns], name=f"fk_{table}_events")


def upgrade() -> None:
    _log()
    _way_out()
    _ledger()
    _crm()
    _people_who_decide()
    if op.get_context().dialect.name == "postgresql":
        for table in SEALED:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN body SET STORAGE EXTERNAL")


def _log() -> None:
    op.create_table(
        "events",
        *_text("tenant", "link", "side"),
        *_number("seq"),
        *_text("key", "type", "record", "origin"),
        *_number("received_at"),
        *_sealed(),
        _key("events", "link", "side", "seq"),
        sa.UniqueConstraint("tenant", "link", "key", name="uq_events_key"),
    )
    op.create_table(
        "positions",
        *_text("tenant", "link", "side"),
        *_number("seq", "moved_at"),
        _key("positions", "link", "side"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cursors",
        *_text("tenant", "link", "source", "cursor"),
        *_number("saved_at"),
        _key("cursors", "link", "source"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        *_text("tenant", "name", "holder"),
        *_number("epoch", "expires_at"),
        _key("leases", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "data_keys",
        *_text("tenant"),
        *_number("key_id"),
        *_text("purpose"),
        _bytes("wrapped"),
        *_number("made_at"),
        _optional_number("shredded_at"),
        _key("data_keys", "key_id"),
        sqlite_with_rowid=False,
    )


def _way_out() -> None:
    op.create_table(
        "decisions",
        *_text("tenant", "link", "side"),
        *_number("seq"),
        *_text("record", "verdict", "reason", "revision", "profile", "fields"),
        _count("attempt"),
        *_number("decided_at"),
        *_text("state", "end_reason"),
        _optional_number("ended_at"),
        *_text("target_key"),
        _key("decisions", "link", "side", "seq"),
    )
    op.create_index("ix_decisions_record", "decisions", ["tenant", "link", "record", "seq"])
    op.create_index(
        "ix_decisions_ended",
        "decisions",
        ["tenant", "link", "side", "state"],
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_table(
        "outbox",
        *_text("tenant", "link", "side"),
        *_number("seq"),
        *_text("record", "kind"),
        *_sealed(),
        *_text("state"),
        _count("head"),
        *_number("not_before"),
        _count("attempts"),
        *_text("code"),
        *_number("created_at"),
        _key("outbox", "link", "side", "seq"),
    )
    op.create_index("ix_outbox_lane", "outbox", ["tenant", "link", "side", "record", "seq"])
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["tenant", "link", "side", "not_before", "seq"],
        sqlite_where=sa.text("head = 1"),
        postgresql_where=sa.text("head = 1"),
    )
    op.create_table(
        "quarantine",
        *_text("tenant", "link"),
        *_number("seq"),
        *_text("side", "stage", "reason", "state"),
        *_number("parked_at"),
        _count("times"),
        *_text("discarded_by", "discarded_why"),
        *_sealed(),
        _key("quarantine", "link", "seq"),
        _of_event("quarantine"),
    )
    op.create_index("ix_quarantine_state", "quarantine", ["tenant", "link", "side", "state"])


def _ledger() -> None:
    op.create_table(
        "disclosures",
        *_text("tenant", "link", "record", "audience", "pointers"),
        _bytes("digest"),
        *_text("revision", "campaign"),
        *_number("seq", "disclosed_at"),
        _optional_number("recalled_at"),
        _optional_number("acknowledged_at"),
        *_number("changed_at"),
        _key("disclosures", "link", "record"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_disclosures_changed", "disclosures", ["tenant", "link", "changed_at", "record"])
    op.create_table(
        "echoes",
        *_text("tenant", "link", "record_field"),
        _bytes("digest"),
        *_number("written_at"),
        _key("echoes", "link", "record_field", "digest"),
        sqlite_with_rowid=False,
    )


def _crm() -> None:
    op.create_table(
        "records",
        *_text("tenant", "link", "object", "key", "version"),
        _bytes("digest"),
        *_sealed(),
        *_number("read_at"),
        _key("records", "link", "object", "key"),
    )
    columns = ("tenant", "link", "object", "key")
    op.create_table(
        "record_refs",
        *_text("tenant", "link", "object", "key", "ref_object", "ref_key"),
        _key("record_refs", "link", "object", "key", "ref_object"),
        sa.ForeignKeyConstraint(
            columns, [f"records.{name}" for name in columns], name="fk_record_refs_records", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_refs_to", "record_refs", ["tenant", "link", "ref_object", "ref_key", "object"])


def _people_who_decide() -> None:
    op.create_table(
        "people",
        *_text("tenant", "link", "id"),
        *_sealed(),
        *_number("saved_at"),
        _key("people", "link", "id"),
    )
    op.create_table(
        "proposals",
        *_text("tenant", "link", "id", "kind", "record", "state", "proposed_by", "side"),
        *_number("seq", "created_at", "deadline"),
        *_text("decided_by"),
        _optional_number("decided_at"),
        _optional_number("write_seq"),
        *_sealed(),
        _key("proposals", "link", "id"),
        _of_event("proposals"),
    )
    op.create_index("ix_proposals_state", "proposals", ["tenant", "link", "state", "deadline"])
    op.create_index("ix_proposals_seq", "proposals", ["tenant", "link", "side", "seq"])
    op.create_index("ix_proposals_write", "proposals", ["tenant", "link", "write_seq"])
    op.create_table(
        "revisions",
        *_text("tenant", "link"),
        *_number("number"),
        *_text("revision", "reason", "date", "decided_by", "source_text"),
        *_number("made_live_at"),
        _key("revisions", "link", "number"),
    )


def downgrade() -> None:
    for table in (
        "revisions",
        "proposals",
        "people",
        "record_refs",
        "records",
        "echoes",
        "disclosures",
        "quarantine",
        "outbox",
        "decisions",
        "data_keys",
        "leases",
        "cursors",
        "positions",
        "events",
    ):
        op.drop_table(table)
