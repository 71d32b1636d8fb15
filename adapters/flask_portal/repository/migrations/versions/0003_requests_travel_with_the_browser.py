"""Pending authorization requests travel with the browser: their table goes.

Sign-ins that are under way while this runs begin anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_authorization_requests_expires_at", table_name="authorization_requests")
    op.drop_table("authorization_requests")


def downgrade() -> None:
    op.create_table(
        "authorization_requests",
        sa.Column("state_fingerprint", sa.String(length=64), primary_key=True),
        sa.Column("session_binding", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("code_verifier", sa.String(length=128), nullable=False),
        sa.Column("needed_acr", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("subject", sa.String(length=64)),
        sa.Column("operation_id", sa.String(length=64)),
        sa.Column("return_to", sa.String(length=300), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_authorization_requests_expires_at", "authorization_requests", ["expires_at"], unique=False)
