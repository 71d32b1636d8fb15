"""Accepting a message to a customer exactly once per Idempotency-Key (SECURITY B3)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from sms_gateway_bridge.budgets import NoticeRequest, admit_notices
from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.db.engine import for_each_engine
from sms_gateway_bridge.db.tables import idempotency_keys, messages
from sms_gateway_bridge.errors import IdempotencyConflictError, NotFoundError
from sms_gateway_bridge.messages.states import NOTICE_PRIORITY

NOTICE_VALIDITY_MS = 48 * 3_600_000
_CLAIM = for_each_engine(
    lambda insert: (
        insert(idempotency_keys)
        .values({column.name: bindparam(column.name) for column in idempotency_keys.c})
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.message_id)
    )
)
_INSERT = insert(messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A notice: a template of the brand in the customer's language, with its parameters."""

    brand: str
    channel: str
    to: str
    locale: str
    template: str
    parameters: Mapping[str, str]


def accept(context: Context, caller: str, wanted: NewMessage, *, key: str, body: bytes, trace_id: str) -> str:
    """Queue a message once per caller and key, and return its id; a repetition with the same body returns the first id.

    Two at once: the second waits for the first to commit, then answers with its id. Raises `IdempotencyConflictError`
    for another body, `InvalidRequestError`.
    """
    context.brand(wanted.brand)
    canonical(wanted.channel, wanted.to)
    body_hash = hashlib.sha256(body).digest()
    message_id = new_message_id()
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        claim = {"caller": caller, "key": key, "body_hash": body_hash, "message_id": message_id, "created_ms": now}
        if connection.execute(_CLAIM[connection.dialect.name], claim).first() is None:
            return _earlier(connection, caller, key, body_hash)
        queue(context, connection, [(message_id, wanted)], caller=caller, trace_id=trace_id, now=now)
    context.notifier.due()
    return message_id


def find_message(context: Context, caller: str, message_id: str) -> RowMapping:
    """The caller's own message; raises `NotFoundError`."""
    with context.database.read() as connection:
        query = select(messages).where(
            messages.c.id == message_id, messages.c.caller == caller, messages.c.kind == "notice"
        )
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError("no such message")
    return row


def _earlier(connection: Connection, caller: str, key: str, body_hash: bytes) -> str:
    query = select(idempotency_keys).where(idempotency_keys.c.caller == caller, idempotency_keys.c.key == key)
    earlier = connection.execute(query).mappings().one()
    if bytes(earlier["body_hash"]) != body_hash:
        raise IdempotencyConflictError
    return str(earlier["message_id"])


def new_message_id() -> str:
    """An id nobody can guess."""
    return f"msg_{secrets.token_hex(16)}"


def queue(
    context: Context,
    connection: Connection,
    notices: Sequence[tuple[str, NewMessage]],
    *,
    caller: str,
    trace_id: str,
    now: int,
) -> None:
    """Put notices, each with its id, into the queue. What a budget holds back fails there; who asked cannot tell."""
    admitted = admit_notices(connection, context.limits, [_request(context, wanted) for _, wanted in notices], now)
    rows = [
        _row(message_id, wanted, admitted=ok, now=now) | {"caller": caller, "trace_id": trace_id}
        for (message_id, wanted), ok in zip(notices, admitted, strict=True)
    ]
    if rows:
        connection.execute(_INSERT, rows)


def _request(context: Context, wanted: NewMessage) -> NoticeRequest:
    return NoticeRequest(
        purpose=wanted.template[:20],
        contact=context.fingerprint_of(wanted.channel, wanted.to),
        number=wanted.to if wanted.channel == "mobile" else None,
    )


def _row(message_id: str, wanted: NewMessage, *, admitted: bool, now: int) -> dict[str, object]:
    return {
        "id": message_id,
        "kind": "notice",
        "priority": NOTICE_PRIORITY,
        "brand": wanted.brand,
        "channel": wanted.channel,
        "contact": wanted.to,
        "locale": wanted.locale,
        "template": wanted.template,
        "parameters": json.dumps(dict(wanted.parameters)),
        "state": "queued" if admitted else "failed",
        "reason": None if admitted else "over_budget",
        "submissions": 0,
        "due_ms": now,
        "expires_ms": now + NOTICE_VALIDITY_MS,
        "created_ms": now,
        "updated_ms": now,
    }
