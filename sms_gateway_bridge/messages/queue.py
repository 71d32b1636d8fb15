"""The queue table: claims with leases, outcomes, and what becomes of messages whose worker died.

Codes are sent at most once: a claim that was never resolved becomes ``unknown`` and the customer asks again. Notices
are sent at least once: an unresolved claim is taken over when its lease ends. On PostgreSQL any number of workers claim
side by side (``FOR UPDATE SKIP LOCKED``); on SQLite the write lock does it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, Select, Update, and_, bindparam, or_, select, union_all, update

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.tables import WAITING, messages
from sms_gateway_bridge.fingerprints import Hasher
from sms_gateway_bridge.messages.states import CHANNELS, NOTICE_PRIORITY, State, advance_all, may_become
from sms_gateway_bridge.providers.base import Outcome
from sms_gateway_bridge.verifications.minting import Minted, mint

LEASE_S = 30
FIRST_RETRY_S = 1
LONGEST_RETRY_S = 30


@dataclass(frozen=True, slots=True)
class Claim:
    """A message this worker alone may now submit, until ``lease_until_ms`` and never after ``expires_ms``."""

    row: Mapping[str, Any]
    parameters: Mapping[str, str]
    minted: Minted | None
    claimed_ms: int

    @property
    def is_superseded(self) -> bool:
        """Whether it carries a code that may no longer be sent."""
        return self.row["kind"] == "code" and self.minted is None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claim. ``submissions`` counts the tries, this one included."""

    message_id: str
    outcome: Outcome
    provider: str
    reference: str | None
    reason: str | None
    submissions: int


class Room(NamedTuple):
    """How many messages of one channel a worker can take now. No more codes than it can hand over at once: of those it
    is not known, when it dies, whether they went out."""

    codes: int
    notices: int


def claim(
    database: Database, hasher: Hasher, worker: str, room: Mapping[str, Room], outcomes: Sequence[Settled] = ()
) -> list[Claim]:
    """Lease as many messages of each channel as there is room for, and mint their codes: codes first, older first.

    Before that, `settle` outcomes. One transaction, and what it needs of the database grows neither with the messages
    nor with the channels.
    """
    limits = _limits(room)
    is_room = any(limits.values())
    if not outcomes and (not is_room or (database.one_writes and not _is_any_due(database, limits))):
        return []
    with database.write() as connection:
        now = database.now_ms(connection)
        _settle(connection, worker, outcomes, now)
        return _lease(connection, hasher, worker, limits, now) if is_room else []


def settle(database: Database, worker: str, outcomes: Sequence[Settled]) -> None:
    """Write down what became of submissions, all in one transaction; what has moved on by itself stays as it is."""
    with database.write() as connection:
        _settle(connection, worker, outcomes, database.now_ms(connection))


def _lease(connection: Connection, hasher: Hasher, worker: str, limits: Mapping[str, int], now: int) -> list[Claim]:
    leased = {"state": "sending", "locked_by": worker, "lease_until_ms": now + LEASE_S * 1000, "updated_ms": now}
    found = connection.execute(_CLAIMABLE, {**limits, "now": now}).mappings()
    rows = [{**row, **leased, "submissions": row["submissions"] + 1} for row in found]
    if not rows:
        return []
    connection.execute(_LEASE, {"ids": [row["id"] for row in rows], **leased})
    minted = mint(connection, hasher, _newest(rows), now)
    claims = [
        Claim(row, json.loads(row["parameters"]), minted.get((row["verification_id"], row["generation"])), now)
        for row in rows
    ]
    superseded = [one.row["id"] for one in claims if one.is_superseded]
    if superseded:
        advance_all(connection, superseded, "expired", now, reason="superseded")
    return [one for one in claims if not one.is_superseded]


def _settle(connection: Connection, worker: str, outcomes: Sequence[Settled], now: int) -> None:
    # In one order, as receipts are applied: so two transactions never wait for each other.
    for outcome, statement in _SETTLE.items():
        settled = sorted((one for one in outcomes if one.outcome == outcome), key=lambda one: one.message_id)
        if settled:
            connection.execute(statement, [_written(one, worker, now) for one in settled])


def _written(one: Settled, worker: str, now: int) -> dict[str, object]:
    """What the statement for its outcome asks for."""
    if one.outcome == "retry":
        due = now + _pause_ms(one.submissions)
        return {"message": one.message_id, "by": worker, "now": now, "due": due, "because": one.reason or "retry"}
    return {
        "message": one.message_id,
        "now": now,
        "from": one.provider,
        "known_as": one.reference,
        "because": one.reason,
    }


def _pause_ms(submissions: int) -> int:
    return 1000 * int(min(FIRST_RETRY_S * 2 ** min(max(0, submissions - 1), 10), LONGEST_RETRY_S))


def settle_overdue(database: Database) -> tuple[int, int]:
    """Expire what was never submitted in time and mark orphaned codes unknown; returns how many of each."""
    with database.write() as connection:
        now = database.now_ms(connection)
        expired = connection.execute(
            update(messages)
            .where(
                WAITING,
                messages.c.locked_by.is_(None),
                messages.c.expires_ms <= now,
            )
            .values(state="expired", updated_ms=now, reason="validity_ended")
        ).rowcount
        orphaned = connection.execute(
            update(messages)
            .where(
                WAITING,
                messages.c.state == "sending",
                messages.c.locked_by.is_not(None),
                messages.c.lease_until_ms < now,
                or_(messages.c.kind == "code", messages.c.expires_ms <= now),
            )
            .values(state="unknown", updated_ms=now, reason="worker_lost", locked_by=None, lease_until_ms=None)
        ).rowcount
    return expired, orphaned


def _is_any_due(database: Database, limits: Mapping[str, int]) -> bool:
    """A read, so that an idle worker never takes the write lock."""
    with database.read() as connection:
        one_each = {name: min(count, 1) for name, count in limits.items()}
        given = one_each | {"now": database.now_ms(connection)}
        return connection.execute(_CLAIMABLE_NOW, given).first() is not None


def _newest(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The newest send of each verification among these messages: two of one may be claimed together."""
    newest: dict[str, int] = {}
    for row in rows:
        if row["kind"] == "code":
            newest[row["verification_id"]] = max(row["generation"], newest.get(row["verification_id"], 0))
    return newest


def _limits(room: Mapping[str, Room]) -> dict[str, int]:
    return {
        f"{channel}_{kind}": max(0, getattr(room[channel], kind)) if channel in room else 0
        for channel, kind in product(CHANNELS, Room._fields)
    }


def _claimable(*, leasing: bool) -> Select[Any]:
    """Of each channel as many as there is room for, codes first, older first; held, if they are to be leased."""
    now = bindparam("now", type_=BigInteger)
    unclaimed = messages.c.locked_by.is_(None)
    conditions = {
        "codes": and_(messages.c.priority < NOTICE_PRIORITY, unclaimed),
        # Those whose worker died are taken over.
        "notices": and_(messages.c.priority == NOTICE_PRIORITY, or_(unclaimed, messages.c.lease_until_ms < now)),
    }
    parts = []
    for channel, kind in product(CHANNELS, Room._fields):
        name = f"{channel}_{kind}"
        due = (
            select(messages)
            .where(
                WAITING,
                messages.c.channel == channel,
                conditions[kind],
                messages.c.due_ms <= now,
                messages.c.expires_ms > now,
            )
            .order_by(messages.c.priority, messages.c.due_ms)
            .limit(bindparam(name, type_=Integer))
        )
        parts.append(select((due.with_for_update(skip_locked=True) if leasing else due).cte(f"due_{name}")))
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.priority, every.c.due_ms)


def _settling(state: State) -> Update:
    return (
        update(messages)
        .where(messages.c.id == bindparam("message"), may_become(state))
        .values(
            state=state,
            updated_ms=bindparam("now"),
            locked_by=None,
            lease_until_ms=None,
            provider=bindparam("from"),
            provider_reference=bindparam("known_as"),
            reason=bindparam("because"),
        )
    )


_CLAIMABLE = _claimable(leasing=True)
_CLAIMABLE_NOW = _claimable(leasing=False)
_LEASE = (
    update(messages)
    .where(messages.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=bindparam("state"),
        locked_by=bindparam("locked_by"),
        lease_until_ms=bindparam("lease_until_ms"),
        updated_ms=bindparam("updated_ms"),
        submissions=messages.c.submissions + 1,
    )
)
_GIVE_BACK = (
    update(messages)
    .where(
        messages.c.id == bindparam("message"), messages.c.state == "sending", messages.c.locked_by == bindparam("by")
    )
    .values(
        locked_by=None,
        lease_until_ms=None,
        due_ms=bindparam("due"),
        reason=bindparam("because"),
        updated_ms=bindparam("now"),
    )
)
"""What certainly was not sent is tried again, with growing pauses, while it is valid."""

_SETTLE: Mapping[Outcome, Update] = {
    "retry": _GIVE_BACK,
    "sent": _settling("sent"),
    "failed": _settling("failed"),
    "unknown": _settling("unknown"),
}
