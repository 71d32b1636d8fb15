"""Canonical states of a message and the only ways between them: forward (SECURITY B2).

queued < sending < unknown < sent < expired < failed < delivered: a state can be reached only from those listed, which
all come before it. The order is total, so whatever a provider says, however often and in whatever order, the end is
the same, and that a message was delivered is the one thing nobody can take back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from sqlalchemy import ColumnElement, Connection, or_, update

from sms_gateway_bridge.db.tables import messages

State = Literal["queued", "sending", "sent", "delivered", "failed", "expired", "unknown"]

PREDECESSORS: Mapping[State, frozenset[State]] = {
    "queued": frozenset(),
    "sending": frozenset({"queued"}),
    "sent": frozenset({"queued", "sending", "unknown"}),
    "delivered": frozenset({"queued", "sending", "sent", "unknown", "expired", "failed"}),
    "failed": frozenset({"queued", "sending", "sent", "unknown", "expired"}),
    "expired": frozenset({"queued", "sending", "sent", "unknown"}),
    "unknown": frozenset({"sending"}),
}

CHANNELS = ("mobile", "email")
"""Each has a queue of its own."""

ORDER: tuple[State, ...] = ("queued", "sending", "unknown", "sent", "expired", "failed", "delivered")

PRIORITY = {"access": 0, "operation": 0, "recovery": 1, "registration": 1, "contact": 1, "cancellation": 1}
"""Lower goes first; notices come last."""

NOTICE_PRIORITY = 9


def may_become(state: State) -> ColumnElement[bool]:
    """The condition under which a message moves forward into ``state``; fit for many rows in one statement."""
    return or_(*(messages.c.state == before for before in sorted(PREDECESSORS[state])))


def advance_all(
    connection: Connection, message_ids: Collection[str], state: State, now_ms: int, **values: object
) -> None:
    """Move messages forward and release their leases; those for which it would be a step back stay where they are."""
    connection.execute(
        update(messages)
        .where(messages.c.id.in_(message_ids), may_become(state))
        .values(state=state, updated_ms=now_ms, locked_by=None, lease_until_ms=None, **values)
    )
