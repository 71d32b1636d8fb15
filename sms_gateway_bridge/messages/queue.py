"""The queue table: claims with leases, outcomes, and what becomes of messages whose worker died.

Codes are sent at most once: a claim that was never resolved becomes ``unknown`` and the customer asks again. Notices
are sent at least once: an unresolved claim is taken over when its lease ends. On PostgreSQL any number of workers claim
side by side (``FOR UPDATE SKIP LOCKED``); on SQLite the write lock does it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Select, and_, or_, select, update

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import messages
from sms_gateway_bridge.fingerprints import Hasher
from sms_gateway_bridge.messages.states import State, advance
from sms_gateway_bridge.verifications.minting import Minted, mint

LEASE_S = 30
FIRST_RETRY_S = 1
LONGEST_RETRY_S = 30


@dataclass(frozen=True, slots=True)
class Claim:
    """A message this worker alone may now submit, until ``lease_until_ms`` and never after ``expires_ms``."""

    row: RowMapping
    parameters: Mapping[str, str]
    minted: Minted | None
    claimed_ms: int


def has_due(database: Database) -> bool:
    """Whether there is anything to claim: a read, so that an idle worker never takes the write lock."""
    with database.read() as connection:
        return connection.execute(_due(database.now_ms(connection)).limit(1)).first() is not None


def claim(database: Database, hasher: Hasher, worker: str, count: int) -> list[Claim]:
    """Lease up to ``count`` messages and mint their codes, in one transaction: codes before notices, older first."""
    claims: list[Claim] = []
    with database.write() as connection:
        now = database.now_ms(connection)
        query = _due(now).order_by(messages.c.priority, messages.c.due_ms).limit(count)
        ids = connection.execute(query.with_for_update(skip_locked=True)).all()
        for (message_id,) in ids:
            row = _lease(connection, message_id, worker, now)
            minted = None
            if row["kind"] == "code":
                minted = mint(connection, hasher, row["verification_id"], row["generation"], now)
                if minted is None:
                    advance(connection, message_id, "expired", now, reason="superseded")
                    continue
            claims.append(Claim(row, json.loads(row["parameters"]), minted, now))
    return claims


def record(
    database: Database,
    message_id: str,
    state: State,
    *,
    provider: str,
    reference: str | None = None,
    reason: str | None = None,
) -> bool:
    """Write down what became of a submission; False when the message has moved on by itself."""
    with database.write() as connection:
        now = database.now_ms(connection)
        return advance(
            connection, message_id, state, now, provider=provider, provider_reference=reference, reason=reason
        )


def retry_later(database: Database, message_id: str, worker: str, submissions: int, reason: str) -> None:
    """Give a message back that certainly was not sent; it is tried again with growing pauses while it is valid."""
    pause_s = min(FIRST_RETRY_S * 2 ** max(0, submissions - 1), LONGEST_RETRY_S)
    with database.write() as connection:
        now = database.now_ms(connection)
        connection.execute(
            update(messages)
            .where(messages.c.id == message_id, messages.c.state == "sending", messages.c.locked_by == worker)
            .values(locked_by=None, lease_until_ms=None, due_ms=now + pause_s * 1000, reason=reason, updated_ms=now)
        )


def settle_overdue(database: Database) -> tuple[int, int]:
    """Expire what was never submitted in time and mark orphaned codes unknown; returns how many of each."""
    with database.write() as connection:
        now = database.now_ms(connection)
        expired = connection.execute(
            update(messages)
            .where(
                messages.c.state.in_(["queued", "sending"]),
                messages.c.locked_by.is_(None),
                messages.c.expires_ms <= now,
            )
            .values(state="expired", updated_ms=now, reason="validity_ended")
        ).rowcount
        orphaned = connection.execute(
            update(messages)
            .where(
                messages.c.state == "sending",
                messages.c.locked_by.is_not(None),
                messages.c.lease_until_ms < now,
                or_(messages.c.kind == "code", messages.c.expires_ms <= now),
            )
            .values(state="unknown", updated_ms=now, reason="worker_lost", locked_by=None, lease_until_ms=None)
        ).rowcount
    return expired, orphaned


def _due(now: int) -> Select[str]:
    untouched = and_(messages.c.state.in_(["queued", "sending"]), messages.c.locked_by.is_(None))
    abandoned = and_(messages.c.state == "sending", messages.c.kind == "notice", messages.c.lease_until_ms < now)
    return select(messages.c.id).where(or_(untouched, abandoned), messages.c.due_ms <= now, messages.c.expires_ms > now)


def _lease(connection: Connection, message_id: str, worker: str, now: int) -> RowMapping:
    statement = (
        update(messages)
        .where(messages.c.id == message_id)
        .values(
            state="sending",
            locked_by=worker,
            lease_until_ms=now + LEASE_S * 1000,
            submissions=messages.c.submissions + 1,
            updated_ms=now,
        )
        .returning(*messages.c)
    )
    return connection.execute(statement).mappings().one()
