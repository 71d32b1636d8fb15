"""How providers stand in each worker, and which are drained"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drained_providers",
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_drained_providers")),
    )
    op.create_table(
        "provider_reports",
        sa.Column("worker", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("breaker", sa.String(10), nullable=False),
        sa.Column("under_way", sa.Integer(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("retried", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "provider", name=op.f("pk_provider_reports")),
    )


def downgrade() -> None:
    op.drop_table("provider_reports")
    op.drop_table("drained_providers")
