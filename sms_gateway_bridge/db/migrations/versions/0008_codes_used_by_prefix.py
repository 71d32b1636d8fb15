"""How many of the codes sent are used, by prefix"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversions",
        sa.Column("audience", sa.String(12), nullable=False),
        sa.Column("prefix", sa.String(10), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("alarm_since_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("audience", "prefix", name=op.f("pk_conversions")),
    )


def downgrade() -> None:
    op.drop_table("conversions")
