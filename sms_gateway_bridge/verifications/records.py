"""A verification as stored, what it answers, and the one rule that says in which status it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

from domain.purposes import Purpose
from sms_gateway_bridge.db.tables import verifications
from sms_gateway_bridge.errors import NotFoundError
from sms_gateway_bridge.spending import Audience

_GLANCE = select(verifications).where(
    verifications.c.id == bindparam("id"), verifications.c.caller == bindparam("caller")
)
_GLANCE_OF_CUSTOMER = _GLANCE.where(verifications.c.customer_code == bindparam("customer_code"))
_FIND = _GLANCE_OF_CUSTOMER.with_for_update()

CheckStatus = Literal["approved", "wrong", "expired", "exhausted", "superseded", "consumed"]
Status = Literal["pending", "expired", "exhausted", "superseded", "consumed"]


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to a creation or a resend: the same whether the message went out or was suppressed (SECURITY O5)."""

    id: str
    purpose: str
    expires_ms: int
    resend_after_s: int
    masked_to: str


def glance(connection: Connection, caller: str, verification_id: str, customer_code: str | None = None) -> RowMapping:
    """The caller's own verification, for that customer if one is named, as it stands; `NotFoundError` otherwise."""
    query = _GLANCE if customer_code is None else _GLANCE_OF_CUSTOMER
    return _found(connection, query, caller, verification_id, customer_code)


def find(connection: Connection, caller: str, verification_id: str, customer_code: str) -> RowMapping:
    """`glance`, held until the end of the transaction."""
    return _found(connection, _FIND, caller, verification_id, customer_code)


def _found(
    connection: Connection, query: Select[Any], caller: str, verification_id: str, customer_code: str | None
) -> RowMapping:
    given = {"id": verification_id, "caller": caller, "customer_code": customer_code}
    row = connection.execute(query, given).mappings().first()
    if row is None:
        raise NotFoundError("no such verification")
    return row


def status_of(row: RowMapping, now_ms: int, *, by_link: bool = False) -> Status:
    """The status at ``now_ms``. A code or link is still good at its last moment and expired one second later."""
    if row["state"] == "approved":
        return "consumed"
    if row["state"] == "superseded":
        return "superseded"
    if now_ms > (row["link_expires_ms"] if by_link else row["code_expires_ms"]):
        return "expired"
    if row["attempts"] >= row["max_attempts"]:
        return "exhausted"
    return "pending"


def audience_of(purpose: str) -> Audience:
    """Whose budgets the purpose uses."""
    return "anonymous" if Purpose(purpose).is_anonymous else "signed_in"
