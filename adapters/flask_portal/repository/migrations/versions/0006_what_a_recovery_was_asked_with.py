"""What a recovery was asked with, as a keyed fingerprint.

Recoveries that are under way have none: asked once more, they begin anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FLOWS = "registration_flows"


def upgrade() -> None:
    op.add_column(_FLOWS, sa.Column("typed", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table(_FLOWS) as batch:
        batch.drop_column("typed")
