"""Starting a verification and asking for a new code: policy, budgets, supersession, and the queued message.

A code dies when a newer one is on its way, and not before: a send that a budget holds back supersedes nothing, so the
customer keeps the code that did arrive. The held-back verification itself gets no code at all; who asked cannot tell.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from domain.purposes import Purpose
from sms_gateway_bridge.budgets import SendRequest, admit_send
from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.db.engine import hold_all
from sms_gateway_bridge.db.tables import messages, verifications
from sms_gateway_bridge.errors import InvalidRequestError, PurposeForbiddenError, TooSoonError, VerificationClosedError
from sms_gateway_bridge.fingerprints import Marks
from sms_gateway_bridge.messages.states import PRIORITY
from sms_gateway_bridge.verifications.policy import LIMITS, Policy, settle
from sms_gateway_bridge.verifications.records import Started, audience_of, find, status_of

PURPOSES_OF_CALLER = {
    "keycloak": frozenset({Purpose.ACCESS, Purpose.OPERATION}),
    "portal": frozenset({Purpose.REGISTRATION, Purpose.RECOVERY, Purpose.CONTACT, Purpose.CANCELLATION}),
}

_Row = RowMapping | Mapping[str, Any]
"""A verification by the names of its columns: one that is stored, or is about to be."""

_INSERT = insert(verifications)
_QUEUE = insert(messages)
_SUPERSEDE = (
    update(verifications)
    .where(
        verifications.c.supersession_key.in_(bindparam("marks", expanding=True)),
        verifications.c.state == "pending",
        verifications.c.id != bindparam("newest"),
    )
    .values(state="superseded", code_hash=None)
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation code confirms; ``amount`` is euro as a decimal string."""

    id: str
    text: str
    amount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVerification:
    """What a caller asks for (docs/contracts.md); ``to`` is canonical.

    A ``decoy`` is counted, answered and checked like any other, in the same rows, but its message is never made: so
    that whoever asked for a contact which nobody has cannot tell by any budget or state.
    """

    brand: str
    purpose: Purpose
    channel: str
    to: str
    locale: str
    customer_code: str
    flow_id: str | None = None
    client_ip: str | None = None
    greeting_name: str | None = None
    link_url: str | None = None
    operation: Operation | None = None
    validity_s: int | None = None
    max_attempts: int | None = None
    resend_after_s: int | None = None
    decoy: bool = False


def start(context: Context, caller: str, wanted: NewVerification, trace_id: str) -> Started:
    """Start a verification and queue its message, superseding the older ones of its flow or customer.

    Held back by a budget, it is answered alike but never gets a code, and the older ones stay as good as they were.
    Raises `PurposeForbiddenError`, `InvalidRequestError`.
    """
    if wanted.purpose not in PURPOSES_OF_CALLER.get(caller, frozenset()):
        raise PurposeForbiddenError(f"{caller} may not start a verification for {wanted.purpose}")
    context.brand(wanted.brand)
    canonical(wanted.channel, wanted.to)
    _require_fitting_parts(context, wanted)
    policy = settle(
        wanted.purpose,
        validity_s=wanted.validity_s,
        max_attempts=wanted.max_attempts,
        resend_after_s=wanted.resend_after_s,
        shortest_pause_s=context.limits.gap_s,
    )
    verification_id = f"ver_{secrets.token_hex(16)}"
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        marks = _supersession_marks(context, caller, wanted)
        _hold_flow(connection, marks, now)
        new = _new_row(wanted, policy, caller=caller, verification_id=verification_id, marks=marks, now=now)
        admitted = _admit(context, connection, new, client_ip=wanted.client_ip, now=now)
        connection.execute(_INSERT, {**new, "suppressed": not admitted})
        if admitted:
            _send(connection, new, marks, now=now, trace_id=trace_id)
    context.notifier.due()
    return _started(context, new, now)


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
        # Locks in the order that `start` takes them: the flow, then the verification.
        marks = _flow_of(connection, caller, verification_id)
        _hold_flow(connection, marks, context.database.now_ms(connection))
        row = find(connection, caller, verification_id, customer_code)
        now = context.database.now_ms(connection)
        if row["state"] != "pending":
            raise VerificationClosedError(f"the verification was {row['state']}")
        ready = row["requested_ms"] + row["resend_after_s"] * 1000
        if now < ready:
            raise TooSoonError(retry_after_s=-(-(ready - now) // 1000))
        if _admit(context, connection, row, client_ip=client_ip, now=now):
            _renew(connection, row, now, suppressed=False)
            renewed = find(connection, caller, verification_id, customer_code)
            _send(connection, renewed, marks, now=now, trace_id=trace_id)
        elif _still_works(row, now):
            asked = update(verifications).where(verifications.c.id == verification_id).values(requested_ms=now)
            connection.execute(asked)
        else:
            _renew(connection, row, now, suppressed=True)
    context.notifier.due()
    return _started(context, row, now)


def _require_fitting_parts(context: Context, wanted: NewVerification) -> None:
    if (wanted.purpose is Purpose.OPERATION) != (wanted.operation is not None):
        raise InvalidRequestError("operation: required for that purpose, and for no other")
    if wanted.purpose in (Purpose.ACCESS, Purpose.OPERATION) and wanted.channel != "mobile":
        raise InvalidRequestError("channel: these codes go to a mobile")
    if wanted.decoy and not wanted.purpose.is_anonymous:
        raise InvalidRequestError("decoy: only where a stranger may ask")
    if wanted.link_url is None:
        return
    if not LIMITS[wanted.purpose].link_validity_s:
        raise InvalidRequestError("link_url: these codes carry no link")
    parts = urlsplit(wanted.link_url)
    # Compared whole: "https://good.example.evil" or "https://good.example@evil" must not pass for the origin.
    if f"{parts.scheme}://{parts.netloc}" not in context.link_origins or parts.query or parts.fragment:
        raise InvalidRequestError("link_url: not below an allowed origin")


def _supersession_marks(context: Context, caller: str, wanted: NewVerification) -> Marks:
    if not wanted.purpose.is_anonymous:
        return context.hasher.fingerprint("customer", wanted.brand, wanted.purpose, wanted.customer_code)
    if wanted.flow_id is None:
        return ()
    return context.hasher.fingerprint("flow", caller, wanted.brand, wanted.purpose, wanted.flow_id)


def _hold_flow(connection: Connection, marks: Marks, now: int) -> None:
    hold_all(connection, "flow", marks, now)


def _flow_of(connection: Connection, caller: str, verification_id: str) -> Marks:
    query = select(verifications.c.supersession_key).where(
        verifications.c.id == verification_id, verifications.c.caller == caller
    )
    key: str | None = connection.execute(query).scalar_one_or_none()
    return () if key is None else (key,)


def _supersede_others(connection: Connection, row: _Row, marks: Marks) -> None:
    if not marks:
        return
    connection.execute(_SUPERSEDE, {"marks": marks, "newest": row["id"]})


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


def _new_row(
    wanted: NewVerification, policy: Policy, *, caller: str, verification_id: str, marks: Marks, now: int
) -> _Row:
    operation = wanted.operation
    return {
        "id": verification_id,
        "caller": caller,
        "brand": wanted.brand,
        "purpose": wanted.purpose.value,
        "channel": wanted.channel,
        "contact": wanted.to,
        "locale": wanted.locale,
        "customer_code": wanted.customer_code,
        "greeting_name": wanted.greeting_name,
        "supersession_key": marks[0] if marks else None,
        "operation_id": operation.id if operation else None,
        "operation_text": operation.text if operation else None,
        "operation_amount": operation.amount if operation else None,
        "link_url": wanted.link_url,
        "code_validity_s": policy.code_validity_s,
        "link_validity_s": policy.link_validity_s if wanted.link_url else 0,
        "max_attempts": policy.max_attempts,
        "resend_after_s": policy.resend_after_s,
        "state": "pending",
        "attempts": 0,
        "generation": 1,
        "decoy": wanted.decoy,
        "created_ms": now,
        "requested_ms": now,
        "code_expires_ms": now + policy.code_validity_s * 1000,
        "link_expires_ms": now + max(policy.link_validity_s if wanted.link_url else 0, policy.code_validity_s) * 1000,
    }


def _admit(context: Context, connection: Connection, row: _Row, *, client_ip: str | None, now: int) -> bool:
    request = SendRequest(
        audience=audience_of(row["purpose"]),
        purpose=row["purpose"],
        contact=context.fingerprint_of(row["channel"], row["contact"]),
        number=row["contact"] if row["channel"] == "mobile" else None,
        client=context.hasher.address(client_ip) if client_ip else None,
        costs=not row["decoy"],
    )
    return admit_send(connection, context.limits, request, now)


def _send(connection: Connection, row: _Row, marks: Marks, *, now: int, trace_id: str) -> None:
    """Queue the message of an admitted send; only now do the older codes of the flow or customer die."""
    _supersede_others(connection, row, marks)
    if row["decoy"]:
        return
    connection.execute(
        _QUEUE,
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
        },
    )


def _started(context: Context, row: _Row, now: int) -> Started:
    return Started(
        id=row["id"],
        purpose=row["purpose"],
        expires_ms=now + row["code_validity_s"] * 1000,
        resend_after_s=row["resend_after_s"],
        masked_to=context.masked(row["brand"], row["channel"], row["contact"]),
    )
