"""The accepted state that belongs to a delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("directory_deliveries") as batch:
        batch.add_column(sa.Column("accepted_state", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("directory_deliveries") as batch:
        batch.drop_column("accepted_state")
