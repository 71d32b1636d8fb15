"""Counters that do not run out: 64 bits on PostgreSQL, as SQLite's are already."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("receipts", "budget_hits")


def upgrade() -> None:
    _resize(sa.Integer(), sa.BigInteger(), "bigint")


def downgrade() -> None:
    _resize(sa.BigInteger(), sa.Integer(), "integer")


def _resize(before: sa.types.TypeEngine[int], after: sa.types.TypeEngine[int], name: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.alter_column(table, "id", existing_type=before, type_=after)
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS {name}")
