"""What operators ask of a running bridge: what became of a message, and whether one gets through. No code is shown."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import RowMapping, or_, select

from sms_gateway_bridge.context import Context
from sms_gateway_bridge.db.tables import messages, receipts
from sms_gateway_bridge.errors import NotFoundError
from sms_gateway_bridge.messages.accepting import Entry, NewMessage, accept

OPERATOR = "operator"
TEST_TEMPLATE = "test"
FINAL = frozenset({"delivered", "failed", "expired", "unknown"})


@dataclass(frozen=True, slots=True)
class History:
    """One message as an operator may see it: its contact masked, its text not at all; times in ms."""

    row: RowMapping
    masked_to: str
    waiting_receipts: tuple[str, ...]


def histories(context: Context, wanted: str) -> list[History]:
    """The message of an id of ours, or those of a verification, or of a trace, or of a provider's reference.

    Oldest first. Raises `NotFoundError`, `UnavailableError`.
    """
    names = (messages.c.id, messages.c.verification_id, messages.c.trace_id, messages.c.provider_reference)
    with context.database.read() as connection:
        found = (
            connection.execute(
                select(messages).where(or_(*(name == wanted for name in names))).order_by(messages.c.created_ms)
            )
            .mappings()
            .all()
        )
        if not found:
            raise NotFoundError(f"there is no message of {wanted}, or it is forgotten")
        references = {row["provider_reference"] or row["id"]: row["id"] for row in found}
        waiting = connection.execute(
            select(receipts.c.reference, receipts.c.state).where(receipts.c.reference.in_(references))
        ).all()
    return [
        History(
            row,
            context.masked(row["brand"], row["channel"], row["contact"]) if row["contact"] else "forgotten",
            tuple(state for reference, state in waiting if references[reference] == row["id"]),
        )
        for row in found
    ]


def send_test(context: Context, *, brand: str, channel: str, to: str, locale: str) -> str:
    """Queue a test message like any notice, budgets included, and return its id. Raises `BridgeError`."""
    wanted = NewMessage(brand=brand, channel=channel, to=to, locale=locale, template=TEST_TEMPLATE, parameters={})
    key, trace_id = secrets.token_hex(16), secrets.token_hex(16)
    return accept(context, Entry(caller=OPERATOR, key=key, wanted=wanted, body_hash=b"", trace_id=trace_id))
