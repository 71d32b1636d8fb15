"""Forgetting: what is over is deleted on time (SECURITY D3). Run by the worker every few minutes.

Codes are hashed and wiped when consumed or superseded; the rest of a verification goes within a day of its end. A
message keeps its history for the retention time, but not its contact or parameters.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, Table, delete, or_, update

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import (
    budget_hits,
    heartbeats,
    idempotency_keys,
    locks,
    messages,
    provider_reports,
    receipts,
    request_ids,
    verifications,
)
from sms_gateway_bridge.messages.receipts import KEPT_MS

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

VERIFICATIONS_KEPT_MS = 20 * _HOUR_MS
"""After the end of the validity: long enough to ask for a new code on the expired page, and under a day."""

REQUEST_IDS_KEPT_S = 3600
BUDGETS_KEPT_MS = 2 * _HOUR_MS
IDEMPOTENCY_KEPT_MS = 7 * _DAY_MS


def purge(database: Database, message_retention_days: int, *, real_now_s: Callable[[], float] = time.time) -> int:
    """Delete what is over; returns how many rows. Each table is a transaction of its own, so nobody waits long.

    Request ids go by the clock that signatures are judged by, so that a shifted clock cannot open a replay.
    """
    with database.read() as connection:
        now = database.now_ms(connection)
    removed = _wipe_contacts(database, now)
    overdue: list[tuple[Table, ColumnElement[bool]]] = [
        (verifications, verifications.c.link_expires_ms < now - VERIFICATIONS_KEPT_MS),
        (messages, messages.c.updated_ms < now - message_retention_days * _DAY_MS),
        (receipts, receipts.c.received_ms < now - KEPT_MS),
        (request_ids, request_ids.c.seen_s < int(real_now_s()) - REQUEST_IDS_KEPT_S),
        (budget_hits, budget_hits.c.at_ms < now - BUDGETS_KEPT_MS),
        (locks, locks.c.touched_ms < now - BUDGETS_KEPT_MS),
        (heartbeats, heartbeats.c.seen_ms < now - _HOUR_MS),
        (provider_reports, provider_reports.c.seen_ms < now - _HOUR_MS),
        (idempotency_keys, idempotency_keys.c.created_ms < now - IDEMPOTENCY_KEPT_MS),
    ]
    for table, condition in overdue:
        with database.write() as connection:
            removed += connection.execute(delete(table).where(condition)).rowcount
    return removed


def _wipe_contacts(database: Database, now: int) -> int:
    finished = or_(
        messages.c.state.in_(["sent", "delivered", "failed", "expired", "unknown"]), messages.c.expires_ms < now
    )
    with database.write() as connection:
        return connection.execute(
            update(messages)
            .where(finished, messages.c.contact != "", messages.c.updated_ms < now - VERIFICATIONS_KEPT_MS)
            .values(contact="", parameters="{}")
        ).rowcount
