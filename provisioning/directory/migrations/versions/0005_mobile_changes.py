"""Access mobiles of registered customers that wait, or were released or refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_mobile_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("mobile", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"],
            ["directory_customers.customer_code"],
            name=op.f("fk_directory_mobile_changes_customer_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_mobile_changes")),
        sa.UniqueConstraint("customer_code", name=op.f("uq_directory_mobile_changes_customer_code")),
    )
    op.create_index(op.f("ix_directory_mobile_changes_state"), "directory_mobile_changes", ["state"])


def downgrade() -> None:
    op.drop_table("directory_mobile_changes")
