"""The queue table: claims with leases, outcomes, and what becomes of messages whose worker died.

Codes are sent at most once: a claim that was never resolved becomes ``unknown`` and the customer asks again. Notices
are sent at least once: an unresolved claim is taken over when its lease ends. On PostgreSQL any number of workers claim
side by side (``FOR UPDATE SKIP LOCKED``); on SQLite the write lock does it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, or_, select, update

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import messages
from sms_gateway_bridge.fingerprints import Hasher
from sms_gateway_bridge.messages.states import State, advance, may_become
from sms_gateway_bridge.providers.base import Outcome
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


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claim. ``submissions`` counts the tries, this one included."""

    message_id: str
    outcome: Outcome
    provider: str
    reference: str | None
    reason: str | None
    submissions: int


def has_due(database: Database, channel: str) -> bool:
    """Whether there is anything to claim: a read, so that an idle worker never takes the write lock."""
    with database.read() as connection:
        return connection.execute(_due(database.now_ms(connection), channel).limit(1)).first() is not None


def claim(database: Database, hasher: Hasher, worker: str, count: int, *, channel: str | None = None) -> list[Claim]:
    """Lease up to ``count`` messages of a channel and mint their codes: codes before notices, older first.

    One transaction, and what it needs of the database does not grow with ``count``: the leases are one statement, and
    so are the codes.
    """
    with database.write() as connection:
        now = database.now_ms(connection)
        query = _due(now, channel).order_by(messages.c.priority, messages.c.due_ms).limit(count)
        ids = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
        if not ids:
            return []
        rows = _lease(connection, ids, worker, now)
        codes = {row["verification_id"]: row["generation"] for row in rows if row["kind"] == "code"}
        minted = mint(connection, hasher, codes, now)
        claims = []
        for row in rows:
            code = minted.get(row["verification_id"])
            if row["kind"] == "code" and (code is None or code.row["generation"] != row["generation"]):
                advance(connection, row["id"], "expired", now, reason="superseded")
                continue
            claims.append(Claim(row, json.loads(row["parameters"]), code, now))
    return claims


def settle(database: Database, worker: str, outcomes: Sequence[Settled]) -> None:
    """Write down what became of submissions, all in one transaction; what has moved on by itself stays as it is."""
    with database.write() as connection:
        now = database.now_ms(connection)
        again = [one for one in outcomes if one.outcome == "retry"]
        if again:
            _give_back(connection, worker, again, now)
        for state in ("sent", "failed", "unknown"):
            settled = [one for one in outcomes if one.outcome == state]
            if settled:
                _advance_all(connection, state, settled, now)


def record(
    database: Database,
    message_id: str,
    state: State,
    *,
    provider: str,
    reference: str | None = None,
    reason: str | None = None,
) -> bool:
    """Write down what became of one submission; False when the message has moved on by itself."""
    with database.write() as connection:
        now = database.now_ms(connection)
        return advance(
            connection, message_id, state, now, provider=provider, provider_reference=reference, reason=reason
        )


def _advance_all(connection: Connection, state: State, settled: Sequence[Settled], now: int) -> None:
    statement = (
        update(messages)
        .where(messages.c.id == bindparam("message"), may_become(state))
        .values(
            state=state,
            updated_ms=now,
            locked_by=None,
            lease_until_ms=None,
            provider=bindparam("by"),
            provider_reference=bindparam("known_as"),
            reason=bindparam("because"),
        )
    )
    connection.execute(
        statement,
        [
            {"message": one.message_id, "by": one.provider, "known_as": one.reference, "because": one.reason}
            for one in sorted(settled, key=lambda one: one.message_id)
        ],
    )


def _give_back(connection: Connection, worker: str, again: Sequence[Settled], now: int) -> None:
    """Give back what certainly was not sent: it is tried again with growing pauses while it is valid."""
    statement = (
        update(messages)
        .where(messages.c.id == bindparam("message"), messages.c.state == "sending", messages.c.locked_by == worker)
        .values(
            locked_by=None, lease_until_ms=None, due_ms=bindparam("due"), reason=bindparam("because"), updated_ms=now
        )
    )
    connection.execute(
        statement,
        [
            {"message": one.message_id, "due": now + _pause_ms(one.submissions), "because": one.reason or "retry"}
            for one in sorted(again, key=lambda one: one.message_id)
        ],
    )


def _pause_ms(submissions: int) -> int:
    return 1000 * int(min(FIRST_RETRY_S * 2 ** min(max(0, submissions - 1), 10), LONGEST_RETRY_S))


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


def _due(now: int, channel: str | None) -> Select[str]:
    untouched = and_(messages.c.state.in_(["queued", "sending"]), messages.c.locked_by.is_(None))
    abandoned = and_(messages.c.state == "sending", messages.c.kind == "notice", messages.c.lease_until_ms < now)
    query = select(messages.c.id).where(
        or_(untouched, abandoned), messages.c.due_ms <= now, messages.c.expires_ms > now
    )
    return query if channel is None else query.where(messages.c.channel == channel)


def _lease(connection: Connection, ids: Sequence[str], worker: str, now: int) -> list[RowMapping]:
    """The leased rows, in the order of ``ids``."""
    statement = (
        update(messages)
        .where(messages.c.id.in_(ids))
        .values(
            state="sending",
            locked_by=worker,
            lease_until_ms=now + LEASE_S * 1000,
            submissions=messages.c.submissions + 1,
            updated_ms=now,
        )
        .returning(*messages.c)
    )
    found = {row["id"]: row for row in connection.execute(statement).mappings()}
    return [found[message_id] for message_id in ids]
