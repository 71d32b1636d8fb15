"""Messages in the order of the claims, those alone that wait: a claim costs the same however many there are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITING = sa.text("state IN ('queued', 'sending')")
_UNFINISHED = sa.text("state IN ('queued', 'sending', 'unknown')")


def upgrade() -> None:
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["channel", "priority", "due_ms"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index(
        "ix_messages_unfinished", "messages", ["state"], postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED
    )
    op.drop_index("ix_messages_due", "messages")


def downgrade() -> None:
    op.create_index("ix_messages_due", "messages", ["state", "priority", "due_ms"])
    op.drop_index("ix_messages_unfinished", "messages")
    op.drop_index("ix_messages_waiting", "messages")
