"""Delivery receipts: stored when they come, applied by the worker (SECURITY B2).

A receipt says what became of a message, never that somebody proved anything: no table but ``messages`` is touched.
One that comes before the worker has written down the submission waits; one for a message nobody knows is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, and_, delete, insert, or_, select

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import LONGEST_REFERENCE, messages, receipts
from sms_gateway_bridge.messages.states import ORDER, State, advance_all

KEPT_MS = 24 * 3_600_000
AT_ONCE = 500


class NewReceipt(NamedTuple):
    """A receipt as a provider brought it: its own name of the message, and our state."""

    provider: str
    reference: str
    state: State


def store(database: Database, provider: str, reference: str, state: State) -> None:
    """Keep a receipt until it is applied. Raises `UnavailableError`."""
    store_all(database, [NewReceipt(provider, reference, state)])


def store_all(database: Database, found: Sequence[NewReceipt]) -> None:
    """Keep receipts until they are applied, all or none. Raises `UnavailableError`."""
    with database.write() as connection:
        now = database.now_ms(connection)
        rows = [one._asdict() | {"received_ms": now} for one in found if len(one.reference) <= LONGEST_REFERENCE]
        if rows:
            connection.execute(insert(receipts), rows)


def apply(database: Database) -> int:
    """Move the messages that stored receipts speak of; returns how many receipts were used up."""
    with database.read() as connection:
        if connection.execute(_known().limit(1)).first() is None:
            return 0
    total = 0
    while (used := _apply_some(database)) > 0:
        total += used
        if used < AT_ONCE:
            break
    return total


def _apply_some(database: Database) -> int:
    with database.write() as connection:
        now = database.now_ms(connection)
        known = connection.execute(_known().limit(AT_ONCE).with_for_update(skip_locked=True, of=receipts)).all()
        if not known:
            return 0
        for state in sorted({state for _, _, state in known}, key=ORDER.index):
            advance_all(connection, sorted({name for _, name, found in known if found == state}), state, now)
        connection.execute(delete(receipts).where(receipts.c.id.in_(sorted({used for used, _, _ in known}))))
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
