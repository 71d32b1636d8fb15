"""When a request for assistance was closed, so that it can be forgotten some time later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_REQUESTS = "assistance_requests"


def upgrade() -> None:
    op.add_column(_REQUESTS, sa.Column("closed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table(_REQUESTS) as batch:
        batch.drop_column("closed_at")
