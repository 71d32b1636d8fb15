"""Recovery by tax code, its questions, the app a registration came from; requests for assistance.

Flows that are under way go on as they began.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FLOWS = "registration_flows"


def upgrade() -> None:
    op.add_column(_FLOWS, sa.Column("series", sa.String(64), nullable=False, server_default=""))
    op.add_column(_FLOWS, sa.Column("asked_by", sa.String(10), nullable=False, server_default="contact"))
    op.add_column(_FLOWS, sa.Column("questions", sa.String(40), nullable=False, server_default=""))
    op.add_column(_FLOWS, sa.Column("app", sa.String(40)))
    op.execute(sa.text("UPDATE registration_flows SET series = id"))
    op.create_table(
        "assistance_requests",
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("brand", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("policy_number", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("customer_code", sa.String(64)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_assistance_requests"),
    )
    op.create_index("ix_assistance_requests_created_at", "assistance_requests", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_assistance_requests_created_at", table_name="assistance_requests")
    op.drop_table("assistance_requests")
    with op.batch_alter_table(_FLOWS) as batch:
        for column in ("app", "questions", "asked_by", "series"):
            batch.drop_column(column)
