"""What decisions have in common is kept once: 600 bytes less for each of them.

On SQLite decisions and commands also lie in the index of their key instead of beside it: a row less to write.

Revision ID: 0002
Revises: 0001
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHARED = ("verdict", "reason", "revision", "profile", "fields")
KEY = ("tenant", "link", "side", "seq")
OWN = ("attempt", "decided_at", "state", "end_reason", "ended_at", "target_key")


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False) for name in names]


def _digest(shared: Sequence[str]) -> bytes:
    said = b"".join(b"%d:%b" % (len(word), word) for word in map(str.encode, shared))
    return hashlib.blake2b(said, digest_size=16).digest()


def upgrade() -> None:
    op.create_table(
        "outcomes",
        *_text("tenant", "link"),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        *_text(*SHARED),
        sa.PrimaryKeyConstraint("tenant", "link", "digest", name="pk_outcomes"),
        sqlite_with_rowid=False,
    )
    _add_outcomes()
    _put_aside()
    _decisions([*_text("record"), sa.Column("outcome", sa.LargeBinary, nullable=False)], with_rowid=False)
    own = ", ".join(f"d.{name}" for name in (*KEY, "record"))
    op.execute(
        f"INSERT INTO decisions ({', '.join((*KEY, 'record', 'outcome', *OWN))})"
        f" SELECT {own}, o.digest, {', '.join(OWN)} FROM decisions_before d JOIN outcomes o"
        f" ON o.tenant = d.tenant AND o.link = d.link AND {' AND '.join(f'o.{name} = d.{name}' for name in SHARED)}"
    )
    op.drop_table("decisions_before")
    _indexes()
    _move_outbox(with_rowid=False)


def downgrade() -> None:
    _move_outbox(with_rowid=True)
    _put_aside()
    _decisions(_text("record", *SHARED), with_rowid=True)
    own = ", ".join(f"d.{name}" for name in (*KEY, "record"))
    op.execute(
        f"INSERT INTO decisions ({', '.join((*KEY, 'record', *SHARED, *OWN))})"
        f" SELECT {own}, {', '.join(f'o.{name}' for name in SHARED)}, {', '.join(OWN)} FROM decisions_before d"
        " JOIN outcomes o ON o.tenant = d.tenant AND o.link = d.link AND o.digest = d.outcome"
    )
    op.drop_table("decisions_before")
    op.drop_table("outcomes")
    _indexes()


def _add_outcomes() -> None:
    conn = op.get_bind()
    names = ("tenant", "link", *SHARED)
    columns = ", ".join(names)
    add = sa.text(
        f"INSERT INTO outcomes ({columns}, digest) VALUES ({', '.join(f':{name}' for name in names)}, :digest)"
    )
    found = conn.execute(sa.text(f"SELECT DISTINCT {columns} FROM decisions")).all()
    for row in found:
        values = dict(zip(names, row, strict=True))
        conn.execute(add, {**values, "digest": _digest([values[name] for name in SHARED])})


def _put_aside() -> None:
    """A table's key and indexes keep their names in PostgreSQL when it is renamed: they make room first."""
    for index in ("ix_decisions_record", "ix_decisions_ended"):
        op.drop_index(index, "decisions")
    op.rename_table("decisions", "decisions_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE decisions_before RENAME CONSTRAINT pk_decisions TO pk_decisions_before")


def _decisions(said: list[sa.Column[Any]], *, with_rowid: bool) -> None:
    op.create_table(
        "decisions",
        *_text("tenant", "link", "side"),
        *_number("seq"),
        *said,
        sa.Column("attempt", sa.Integer, nullable=False),
        *_number("decided_at"),
        *_text("state", "end_reason"),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        *_text("target_key"),
        sa.PrimaryKeyConstraint(*KEY, name="pk_decisions"),
        sqlite_with_rowid=with_rowid,
    )


def _indexes() -> None:
    op.create_index("ix_decisions_record", "decisions", ["tenant", "link", "record", "seq"])
    op.create_index(
        "ix_decisions_ended",
        "decisions",
        ["tenant", "link", "side", "state"],
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )


def _move_outbox(*, with_rowid: bool) -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    for index in ("ix_outbox_lane", "ix_outbox_due"):
        op.drop_index(index, "outbox")
    op.rename_table("outbox", "outbox_before")
    op.create_table(
        "outbox",
        *_text("tenant", "link", "side"),
        *_number("seq"),
        *_text("record", "kind"),
        *_number("key_id"),
        sa.Column("body", sa.LargeBinary, nullable=False),
        *_text("state"),
        sa.Column("head", sa.Integer, nullable=False),
        *_number("not_before"),
        sa.Column("attempts", sa.Integer, nullable=False),
        *_text("code"),
        *_number("created_at"),
        sa.PrimaryKeyConstraint(*KEY, name="pk_outbox"),
        sqlite_with_rowid=with_rowid,
    )
    op.execute("INSERT INTO outbox SELECT * FROM outbox_before")
    op.drop_table("outbox_before")
    op.create_index("ix_outbox_lane", "outbox", ["tenant", "link", "side", "record", "seq"])
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["tenant", "link", "side", "not_before", "seq"],
        sqlite_where=sa.text("head = 1"),
    )
