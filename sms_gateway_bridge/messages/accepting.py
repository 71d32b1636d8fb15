"""Accepting a message to a customer exactly once per Idempotency-Key (SECURITY B3)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, insert, select

from sms_gateway_bridge.budgets import SendRequest, admit_send
from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.db.engine import insert_for
from sms_gateway_bridge.db.tables import idempotency_keys, messages
from sms_gateway_bridge.errors import IdempotencyConflictError, NotFoundError
from sms_gateway_bridge.messages.states import NOTICE_PRIORITY

NOTICE_VALIDITY_MS = 48 * 3_600_000


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
        claimed = connection.execute(
            insert_for(connection)(idempotency_keys)
            .values(caller=caller, key=key, body_hash=body_hash, message_id=message_id, created_ms=now)
            .on_conflict_do_nothing()
            .returning(idempotency_keys.c.message_id)
        ).first()
        if claimed is None:
            return _earlier(connection, caller, key, body_hash)
        _queue(context, connection, wanted, caller=caller, message_id=message_id, now=now, trace_id=trace_id)
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


def queued_row(
    wanted: NewMessage, *, caller: str, message_id: str, trace_id: str, now: int, admitted: bool
) -> dict[str, object]:
    """A notice as it enters the queue, or as it fails there because a budget holds it back."""
    return {
        "id": message_id,
        "caller": caller,
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
        "trace_id": trace_id,
    }


def _queue(
    context: Context,
    connection: Connection,
    wanted: NewMessage,
    *,
    caller: str,
    message_id: str,
    now: int,
    trace_id: str,
) -> None:
    request = SendRequest(
        audience="notice",
        purpose=wanted.template[:20],
        contact=context.fingerprint_of(wanted.channel, wanted.to),
        number=wanted.to if wanted.channel == "mobile" else None,
    )
    admitted = admit_send(connection, context.limits, request, now)
    row = queued_row(wanted, caller=caller, message_id=message_id, trace_id=trace_id, now=now, admitted=admitted)
    connection.execute(insert(messages).values(row))
