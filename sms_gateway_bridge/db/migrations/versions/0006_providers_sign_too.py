"""Names of providers among those who sign requests are longer than callers'."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("request_ids") as table:
        table.alter_column("caller", existing_type=sa.String(20), type_=sa.String(60), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("request_ids") as table:
        table.alter_column("caller", existing_type=sa.String(60), type_=sa.String(20), existing_nullable=False)
