"""Revisions that somebody asks for, and who signed what about them, before and after they are in force.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False, autoincrement=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "requests",
        *_text("tenant", "link"),
        *_number("number", "after"),
        *_text("revision", "track", "parts", "reason", "date", "decided_by", "source_text"),
        *_number("recalls", "sends", "held"),
        sa.PrimaryKeyConstraint("tenant", "link", "number", name="pk_requests"),
    )
    op.create_table(
        "signatures",
        *_text("tenant", "link"),
        *_number("request", "number"),
        *_text("act", "name", "account", "reason"),
        *_number("figure", "signed_at"),
        sa.PrimaryKeyConstraint("tenant", "link", "request", "number", name="pk_signatures"),
    )


def downgrade() -> None:
    op.drop_table("signatures")
    op.drop_table("requests")
