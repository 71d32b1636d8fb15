"""Delivery receipts: stored when they come, applied by the worker (SECURITY B2).

A receipt says what became of a message, never that somebody proved anything: no table but ``messages`` is touched.
One that comes before the worker has written down the submission waits; one for a message nobody knows is forgotten.
"""

from __future__ import annotations

from sqlalchemy import Select, and_, delete, insert, or_, select

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import messages, receipts
from sms_gateway_bridge.messages.states import State, advance

KEPT_MS = 24 * 3_600_000
AT_ONCE = 200


def store(database: Database, provider: str, reference: str, state: State) -> None:
    """Keep a receipt until it is applied. Raises `UnavailableError`."""
    with database.write() as connection:
        connection.execute(
            insert(receipts).values(
                provider=provider, reference=reference, state=state, received_ms=database.now_ms(connection)
            )
        )


def apply(database: Database) -> int:
    """Move the messages that stored receipts speak of; returns how many receipts were used up."""
    with database.read() as connection:
        if connection.execute(_known().limit(1)).first() is None:
            return 0
    with database.write() as connection:
        now = database.now_ms(connection)
        known = connection.execute(_known().limit(AT_ONCE).with_for_update(skip_locked=True, of=receipts)).all()
        for receipt_id, message_id, state in known:
            advance(connection, message_id, state, now)
            connection.execute(delete(receipts).where(receipts.c.id == receipt_id))
    return len(known)


def _known() -> Select[int, str, State]:
    # By the provider's id of the message, or by ours, which it was given; only for what was handed to that provider,
    # or may have been when its outcome was lost.
    same = or_(
        and_(messages.c.provider_reference == receipts.c.reference, messages.c.provider == receipts.c.provider),
        and_(
            messages.c.id == receipts.c.reference,
            or_(messages.c.provider == receipts.c.provider, messages.c.provider.is_(None)),
        ),
    )
    return (
        select(receipts.c.id, messages.c.id, receipts.c.state)
        .join_from(receipts, messages, same)
        .where(messages.c.state != "queued")
        .order_by(receipts.c.id)
    )
