"""Customer codes as long as the feed allows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("registration_flows", "portal_operations", "domiciles")


def upgrade() -> None:
    _resize(40, 64)


def downgrade() -> None:
    _resize(64, 40)


def _resize(before: int, after: int) -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.alter_column("customer_code", existing_type=sa.String(before), type_=sa.String(after))
