"""Counted attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_attempts",
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject", "until", name="pk_portal_attempts"),
    )
    op.create_index("ix_portal_attempts_until", "portal_attempts", ["until"])


def downgrade() -> None:
    op.drop_index("ix_portal_attempts_until", table_name="portal_attempts")
    op.drop_table("portal_attempts")
