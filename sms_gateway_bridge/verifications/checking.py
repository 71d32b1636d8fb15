"""Checking a code or a link token: decided atomically in SQL, counted before compared, consumed once (O3, O4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, update

from sms_gateway_bridge.budgets import count_wrong_code, end_gap, wrong_codes_left
from sms_gateway_bridge.context import Context
from sms_gateway_bridge.db.tables import verifications
from sms_gateway_bridge.fingerprints import Confirmed
from sms_gateway_bridge.verifications.records import CheckStatus, Status, audience_of, find, glance, status_of


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of one check. ``contact`` is what an approval proves; ``now_ms`` when it was decided."""

    id: str
    brand: str
    purpose: str
    customer_code: str
    operation_id: str | None
    status: CheckStatus
    attempts_left: int
    channel: str
    contact: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Current:
    """What may be told about a verification without trying it; never the code."""

    id: str
    purpose: str
    status: Status
    expires_ms: int
    attempts_left: int
    resend_after_s: int
    masked_to: str


def check_code(
    context: Context,
    caller: str,
    verification_id: str,
    customer_code: str,
    *,
    code: str,
    operation_id: str | None = None,
) -> Checked:
    """Try a code. A wrong one costs an attempt of the code and one of the customer's hourly budget.

    A missing or other ``operation_id`` is a wrong code: the hash is bound to the operation. Raises `NotFoundError`.
    """
    with context.database.write() as connection:
        row = find(connection, caller, verification_id, customer_code)
        customer = context.hasher.fingerprint("wrong", row["brand"], customer_code)
        audience = audience_of(row["purpose"])
        # First the lock, then the clock: time spent waiting for another guess is not given back to this one.
        left = wrong_codes_left(connection, audience, customer, context.database.now_ms(connection))
        now = context.database.now_ms(connection)
        if left <= 0 and status_of(row, now) == "pending":
            return _checked(row, now, "exhausted", attempts_left=0)
        counted = _count_attempt(connection, verification_id, now)
        if counted is None:
            return _finished(connection, caller, verification_id, now)
        if _fits(context, counted, code, operation_id) and _consume(context, connection, counted):
            return _checked(counted, now, "approved")
        count_wrong_code(connection, audience, customer, now)
        return _checked(counted, now, "wrong", attempts_left=min(_left(counted), left - 1))


def check_link(context: Context, caller: str, verification_id: str, customer_code: str, token: str) -> Checked:
    """Try a link token. At 192 random bits it cannot be guessed, so a wrong one costs the customer nothing.

    The token is compared before anything else: whoever does not hold it is told ``wrong``, however the verification
    stands. Raises `NotFoundError`.
    """
    with context.database.write() as connection:
        row = find(connection, caller, verification_id, customer_code)
        now = context.database.now_ms(connection)
        if not context.hasher.link_fits(row["link_hash"], verification_id, row["generation"], token):
            return _checked(row, now, "wrong")
        if status_of(row, now, by_link=True) == "pending" and _consume(context, connection, row):
            return _checked(row, now, "approved")
        return _finished(connection, caller, verification_id, now, by_link=True)


def current(context: Context, caller: str, verification_id: str) -> Current:
    """The state of the caller's own verification; raises `NotFoundError`."""
    with context.database.read() as connection:
        row = glance(connection, caller, verification_id)
        now = context.database.now_ms(connection)
    by_link = row["link_validity_s"] > 0
    status = status_of(row, now, by_link=by_link)
    return Current(
        id=row["id"],
        purpose=row["purpose"],
        status=status,
        expires_ms=row["code_expires_ms"],
        attempts_left=_left(row) if status == "pending" else 0,
        resend_after_s=max(0, -(-(row["requested_ms"] + row["resend_after_s"] * 1000 - now) // 1000)),
        masked_to=context.masked(row["brand"], row["channel"], row["contact"]),
    )


def _count_attempt(connection: Connection, verification_id: str, now: int) -> RowMapping | None:
    """Take one attempt if one is to be had. This one statement is why fifty parallel guesses are three."""
    statement = (
        update(verifications)
        .where(
            verifications.c.id == verification_id,
            verifications.c.state == "pending",
            verifications.c.attempts < verifications.c.max_attempts,
            verifications.c.code_expires_ms >= now,
        )
        .values(attempts=verifications.c.attempts + 1)
        .returning(*verifications.c)
    )
    return connection.execute(statement).mappings().first()


def _consume(context: Context, connection: Connection, row: RowMapping) -> bool:
    statement = (
        update(verifications)
        .where(verifications.c.id == row["id"], verifications.c.state == "pending")
        # The link's hash stays, so that its owner can be told that it was used; of 192 random bits it gives nothing.
        .values(state="approved", code_hash=None)
        .returning(verifications.c.id)
    )
    if connection.execute(statement).first() is None:
        return False
    contact = context.fingerprint_of(row["channel"], row["contact"])
    end_gap(connection, audience_of(row["purpose"]), contact, row["purpose"])
    return True


def _fits(context: Context, row: RowMapping, code: str, operation_id: str | None) -> bool:
    # The digest is made anew from the row and from what the caller presents: a changed text, amount or owner in the
    # database no more fits the code than another operation does.
    confirmed = Confirmed(row["customer_code"], operation_id, row["operation_text"], row["operation_amount"])
    return context.hasher.code_fits(row["code_hash"], row["id"], row["generation"], confirmed, code)


def _finished(connection: Connection, caller: str, verification_id: str, now: int, *, by_link: bool = False) -> Checked:
    row = glance(connection, caller, verification_id)
    status = status_of(row, now, by_link=by_link)
    return _checked(row, now, "exhausted" if status == "pending" else status, attempts_left=0)


def _left(row: RowMapping) -> int:
    return int(row["max_attempts"] - row["attempts"])


def _checked(row: RowMapping, now: int, status: CheckStatus, attempts_left: int | None = None) -> Checked:
    return Checked(
        id=row["id"],
        brand=row["brand"],
        purpose=row["purpose"],
        customer_code=row["customer_code"],
        operation_id=row["operation_id"],
        status=status,
        attempts_left=max(0, _left(row) if attempts_left is None else attempts_left),
        channel=row["channel"],
        contact=row["contact"],
        now_ms=now,
    )
