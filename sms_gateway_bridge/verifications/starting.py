"""Starting verifications and asking for new codes: policy, budgets, supersession, and the queued message.

A code dies when a newer one is on its way, and not before: a send that a budget holds back supersedes nothing, so the
customer keeps the code that did arrive. The held-back verification itself gets no code at all; who asked cannot tell.

However many verifications start together, they take one transaction and the same number of statements, and each fares
as if those before it had been committed. Locks are taken in one order by all who start or send again: what is counted
(flows, contacts, clients), then the flows' verifications, then the day's money.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from domain.purposes import Purpose
from sms_gateway_bridge.budgets import SendRequest, admit, locks_of
from sms_gateway_bridge.context import Context
from sms_gateway_bridge.db.engine import LockName, hold
from sms_gateway_bridge.db.tables import messages, verifications
from sms_gateway_bridge.errors import TooSoonError, VerificationClosedError
from sms_gateway_bridge.fingerprints import Marks
from sms_gateway_bridge.messages.states import PRIORITY
from sms_gateway_bridge.verifications.asking import Asked, send_request
from sms_gateway_bridge.verifications.records import Started, find, glance, status_of

_Row = RowMapping | Mapping[str, Any]
"""A verification by the names of its columns: one that is stored, or is about to be."""

_INSERT = insert(verifications)
_QUEUE = insert(messages)
_OPEN = (
    select(verifications.c.id, verifications.c.supersession_key)
    .where(
        verifications.c.supersession_key.in_(bindparam("marks", expanding=True)),
        verifications.c.state == "pending",
    )
    .order_by(verifications.c.id)
    .with_for_update()
)
_SUPERSEDE = (
    update(verifications)
    .where(verifications.c.id.in_(bindparam("ids", expanding=True)), verifications.c.state == "pending")
    .values(state="superseded", code_hash=None)
)
_ASKED_AGAIN = (
    update(verifications).where(verifications.c.id == bindparam("again")).values(requested_ms=bindparam("now"))
)


def start_many(context: Context, together: Sequence[Asked]) -> list[Started]:
    """Start verifications and queue their messages, each superseding the older ones of its flow or customer.

    Held back by a budget, one is answered alike but never gets a code, and the older ones stay as good as they were.
    Raises `UnavailableError`, and then none was started.
    """
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        hold(connection, (name for one in together for name in _locks_of(one.marks, one.send)), now)
        earlier = _open_ones(connection, sorted({mark for one in together for mark in one.marks}))
        admitted = admit(connection, context.limits, [one.send for one in together], now)
        rows = [_new_row(one, admitted=ok, now=now) for one, ok in zip(together, admitted, strict=True)]
        superseded = _supersede(together, rows, earlier)
        connection.execute(_INSERT, rows)
        if superseded:
            connection.execute(_SUPERSEDE, {"ids": superseded})
        _queue(
            connection,
            [(row, one.trace_id) for one, row in zip(together, rows, strict=True) if not row["suppressed"]],
            now,
        )
    context.notifier.due()
    return [_started(context, row, now) for row in rows]


def resend(
    context: Context,
    caller: str,
    verification_id: str,
    customer_code: str,
    *,
    client_ip: str | None,
    trace_id: str,
) -> Started:
    """Mint and send a new code: the old one stops working at once, attempts per code begin anew, budgets do not.

    Held back by a budget, it is answered alike; a code or link that still works goes on working, with the attempts it
    has left, and where nothing works any more no code will fit until a later one is sent. Raises `NotFoundError`,
    `VerificationClosedError`, `TooSoonError`.
    """
    with context.database.write() as connection:
        # What is never changed in it says what to hold.
        row = glance(connection, caller, verification_id, customer_code)
        key = row["supersession_key"]
        marks = () if key is None else (key,)
        send = send_request(
            context,
            Purpose(row["purpose"]),
            row["channel"],
            row["contact"],
            client_ip=client_ip,
            decoy=row["decoy"],
        )
        hold(connection, _locks_of(marks, send), context.database.now_ms(connection))
        others = [name for name, _ in _open_ones(connection, marks) if name != verification_id]
        row = find(connection, caller, verification_id, customer_code)
        now = context.database.now_ms(connection)
        if row["state"] != "pending":
            raise VerificationClosedError(f"the verification was {row['state']}")
        ready = row["requested_ms"] + row["resend_after_s"] * 1000
        if now < ready:
            raise TooSoonError(retry_after_s=-(-(ready - now) // 1000))
        if admit(connection, context.limits, [send], now)[0]:
            _renew(connection, row, now, suppressed=False)
            if others:
                connection.execute(_SUPERSEDE, {"ids": others})
            _queue(connection, [(find(connection, caller, verification_id, customer_code), trace_id)], now)
        elif _still_works(row, now):
            connection.execute(_ASKED_AGAIN, {"again": verification_id, "now": now})
        else:
            _renew(connection, row, now, suppressed=True)
    context.notifier.due()
    return _started(context, row, now)


def _locks_of(marks: Marks, send: SendRequest) -> Iterator[LockName]:
    yield from (("flow", mark) for mark in marks)
    yield from locks_of(send)


def _open_ones(connection: Connection, marks: Sequence[str]) -> list[tuple[str, str]]:
    """Id and mark of the pending verifications under these marks, held in the order of their ids."""
    if not marks:
        return []
    return [(name, mark) for name, mark in connection.execute(_OPEN, {"marks": marks})]


def _supersede(
    together: Sequence[Asked], rows: Sequence[dict[str, Any]], earlier: Sequence[tuple[str, str]]
) -> list[str]:
    """End in ``rows`` what a later one of them supersedes; returns those of the ``earlier`` that one does."""
    newest: dict[str, int] = {}
    for place, (one, row) in enumerate(zip(together, rows, strict=True)):
        if not row["suppressed"]:
            newest |= dict.fromkeys(one.marks, place)
    for place, row in enumerate(rows):
        if newest.get(row["supersession_key"], -1) > place:
            row["state"] = "superseded"
    return [name for name, mark in earlier if mark in newest]


def _still_works(row: RowMapping, now: int) -> bool:
    by_link = row["link_validity_s"] > 0
    return not row["suppressed"] and "pending" in (status_of(row, now), status_of(row, now, by_link=by_link))


def _renew(connection: Connection, row: RowMapping, now: int, *, suppressed: bool) -> None:
    connection.execute(
        update(verifications)
        .where(verifications.c.id == row["id"])
        .values(
            generation=row["generation"] + 1,
            attempts=0,
            suppressed=suppressed,
            code_hash=None,
            link_hash=None,
            requested_ms=now,
            code_expires_ms=now + row["code_validity_s"] * 1000,
            link_expires_ms=now + max(row["link_validity_s"], row["code_validity_s"]) * 1000,
        )
    )


def _new_row(one: Asked, *, admitted: bool, now: int) -> dict[str, Any]:
    wanted, policy, operation = one.wanted, one.policy, one.wanted.operation
    link_validity_s = policy.link_validity_s if wanted.link_url else 0
    return {
        "id": f"ver_{secrets.token_hex(16)}",
        "caller": one.caller,
        "brand": wanted.brand,
        "purpose": wanted.purpose.value,
        "channel": wanted.channel,
        "contact": wanted.to,
        "locale": wanted.locale,
        "customer_code": wanted.customer_code,
        "greeting_name": wanted.greeting_name,
        "supersession_key": one.marks[0] if one.marks else None,
        "operation_id": operation.id if operation else None,
        "operation_text": operation.text if operation else None,
        "operation_amount": operation.amount if operation else None,
        "link_url": wanted.link_url,
        "code_validity_s": policy.code_validity_s,
        "link_validity_s": link_validity_s,
        "max_attempts": policy.max_attempts,
        "resend_after_s": policy.resend_after_s,
        "state": "pending",
        "attempts": 0,
        "generation": 1,
        "suppressed": not admitted,
        "decoy": wanted.decoy,
        "created_ms": now,
        "requested_ms": now,
        "code_expires_ms": now + policy.code_validity_s * 1000,
        "link_expires_ms": now + max(link_validity_s, policy.code_validity_s) * 1000,
    }


def _queue(connection: Connection, admitted: Sequence[tuple[_Row, str]], now: int) -> None:
    """Queue the messages of admitted sends, each with its trace; a decoy has none."""
    queued = [
        {
            "id": f"msg_{secrets.token_hex(16)}",
            "caller": row["caller"],
            "kind": "code",
            "priority": PRIORITY[row["purpose"]],
            "brand": row["brand"],
            "channel": row["channel"],
            "contact": row["contact"],
            "locale": row["locale"],
            "template": row["purpose"],
            "parameters": "{}",
            "verification_id": row["id"],
            "generation": row["generation"],
            "state": "queued",
            "submissions": 0,
            "due_ms": now,
            "expires_ms": row["code_expires_ms"],
            "created_ms": now,
            "updated_ms": now,
            "trace_id": trace_id,
        }
        for row, trace_id in admitted
        if not row["decoy"]
    ]
    if queued:
        connection.execute(_QUEUE, queued)


def _started(context: Context, row: _Row, now: int) -> Started:
    return Started(
        id=row["id"],
        purpose=row["purpose"],
        expires_ms=now + row["code_validity_s"] * 1000,
        resend_after_s=row["resend_after_s"],
        masked_to=context.masked(row["brand"], row["channel"], row["contact"]),
    )
