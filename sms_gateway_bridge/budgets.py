"""Sending and guessing budgets, counted in SQL so that they hold across processes and restarts (SECURITY O3, O5).

An *audience* is ``anonymous`` (registration, recovery: a stranger may ask) or ``signed_in``. Each has its own budgets:
what a stranger does never uses up a signed-in customer's. Notices have theirs. Subjects are keyed fingerprints, never
contacts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from sms_gateway_bridge.db.engine import hold_all, hold_many
from sms_gateway_bridge.db.tables import budget_hits
from sms_gateway_bridge.fingerprints import Marks
from sms_gateway_bridge.metrics import HELD_BACK
from sms_gateway_bridge.settings import SendLimits
from sms_gateway_bridge.spending import Audience, left_to_spend, spend, spend_one

WRONG_CODES_PER_HOUR = 10
WRONG_WINDOW_MS = 3_600_000

HoldBack = Literal["prefix", "contact", "pause", "address", "spend"]
"""Why a send was held back: for operators alone, whoever asked is told nothing."""

# Made once: of a message's way through here, making them was most of what it cost.
_OF_SUBJECTS = (
    budget_hits.c.scope == bindparam("scope"),
    budget_hits.c.subject.in_(bindparam("subjects", expanding=True)),
)
_SINCE = budget_hits.c.at_ms > bindparam("after_ms")
_COUNT = select(func.count()).where(*_OF_SUBJECTS, _SINCE)
_COUNT_EACH = select(budget_hits.c.subject, func.count()).where(*_OF_SUBJECTS, _SINCE).group_by(budget_hits.c.subject)
_COUNT_AND_LAST = select(
    func.count().filter(_SINCE), func.max(budget_hits.c.at_ms).filter(budget_hits.c.detail == bindparam("detail"))
).where(*_OF_SUBJECTS)
_HIT = insert(budget_hits)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What the sending budget looks at. ``contact`` and ``client`` are fingerprints, ``number`` the E.164 of an SMS.

    What does not cost is held back by a used-up day like the rest, but uses up none of it.
    """

    audience: Audience
    purpose: str
    contact: Marks
    number: str | None = None
    client: Marks | None = None
    costs: bool = True


def admit_send(connection: Connection, limits: SendLimits, request: SendRequest, now_ms: int) -> bool:
    """Whether this send is within every budget, and if so, count it. Call inside the transaction that queues it."""
    reason = _reason_to_hold_back(connection, limits, request, now_ms)
    if reason is not None:
        HELD_BACK.labels(request.audience, reason).inc()
        return False
    _hit(connection, f"send:{request.audience}", request.contact, request.purpose, now_ms)
    if client := _counted_client(request):
        _hit(connection, "send:client", client, request.purpose, now_ms)
    return True


def _reason_to_hold_back(
    connection: Connection, limits: SendLimits, request: SendRequest, now_ms: int
) -> HoldBack | None:
    if request.number is not None and not request.number.startswith(limits.allowed_prefixes):
        return "prefix"
    scope = f"send:{request.audience}"
    hold_all(connection, scope, request.contact, now_ms)
    since = now_ms - limits.contact_window_s * 1000
    sends, last = _count_and_last(connection, scope, request.contact, since, request.purpose)
    if sends >= limits.per_contact:
        return "contact"
    if last is not None and now_ms - last < limits.gap_s * 1000:
        return "pause"
    if client := _counted_client(request):
        hold_all(connection, "send:client", client, now_ms)
        if _count(connection, "send:client", client, now_ms - limits.ip_window_s * 1000) >= limits.per_ip:
            return "address"
    if request.number is not None and not spend_one(
        connection, limits, request.audience, now_ms, free=not request.costs
    ):
        return "spend"
    return None


def _counted_client(request: SendRequest) -> Marks | None:
    return request.client if request.audience == "anonymous" else None


@dataclass(frozen=True, slots=True)
class NoticeRequest:
    """What the budget of notices looks at; as in `SendRequest`. They need no pause in between."""

    purpose: str
    contact: Marks
    number: str | None = None


def admit_notices(
    connection: Connection, limits: SendLimits, requests: Sequence[NoticeRequest], now_ms: int
) -> list[bool]:
    """Whether each notice in turn is within its budgets, and if so, count it; in the transaction that queues them.

    The number of statements does not grow with that of the notices.
    """
    marks = sorted({mark for request in requests for mark in request.contact})
    hold_many(connection, "send:notice", marks, now_ms)
    sends = _counts(connection, "send:notice", marks, now_ms - limits.contact_window_s * 1000)
    costly = any(request.number for request in requests)
    left = left_to_spend(connection, limits, "signed_in", now_ms) if costly else 0
    admitted, hits, spent = [], [], 0
    for request in requests:
        reason = _reason_to_hold_back_notice(limits, request, sends, left - spent)
        if reason is None:
            spent += request.number is not None
            sends[request.contact[0]] += 1
            hits.append(
                {"scope": "send:notice", "subject": request.contact[0], "detail": request.purpose, "at_ms": now_ms}
            )
        else:
            HELD_BACK.labels("notice", reason).inc()
        admitted.append(reason is None)
    if hits:
        connection.execute(_HIT, hits)
    if spent:
        spend(connection, limits, "signed_in", spent, now_ms)
    return admitted


def _reason_to_hold_back_notice(
    limits: SendLimits, request: NoticeRequest, sends: Counter[str], left: int
) -> HoldBack | None:
    if request.number is not None and not request.number.startswith(limits.allowed_prefixes):
        return "prefix"
    if sum(sends[mark] for mark in request.contact) >= limits.per_contact:
        return "contact"
    if request.number is not None and left <= 0:
        return "spend"
    return None


def _counts(connection: Connection, scope: str, subjects: Sequence[str], after_ms: int) -> Counter[str]:
    given = {"scope": scope, "subjects": subjects, "after_ms": after_ms}
    return Counter({subject: int(count) for subject, count in connection.execute(_COUNT_EACH, given)})


def end_gap(connection: Connection, audience: Audience, contact: Marks, purpose: str) -> None:
    """Let the next send of this purpose go at once: the last code was approved, so the contact is its owner's.

    The send stays counted in every budget; only the pause after it is waived.
    """
    connection.execute(
        update(budget_hits)
        .where(
            budget_hits.c.scope == f"send:{audience}",
            budget_hits.c.subject.in_(contact),
            budget_hits.c.detail == purpose,
        )
        .values(detail="")
    )


def wrong_codes_left(connection: Connection, audience: Audience, customer: Marks, now_ms: int) -> int:
    """Wrong codes this customer may still enter in the running hour, read under a lock held until the end."""
    scope = f"wrong:{audience}"
    hold_all(connection, scope, customer, now_ms)
    return WRONG_CODES_PER_HOUR - _count(connection, scope, customer, now_ms - WRONG_WINDOW_MS)


def count_wrong_code(connection: Connection, audience: Audience, customer: Marks, now_ms: int) -> None:
    """Record one wrong code against the customer's budget."""
    _hit(connection, f"wrong:{audience}", customer, "", now_ms)


def _count(connection: Connection, scope: str, subject: Marks, after_ms: int) -> int:
    given = {"scope": scope, "subjects": subject, "after_ms": after_ms}
    return int(connection.execute(_COUNT, given).scalar_one())


def _count_and_last(
    connection: Connection, scope: str, subject: Marks, after_ms: int, detail: str
) -> tuple[int, int | None]:
    """How many there were after that moment, and when the last was that had this detail."""
    given = {"scope": scope, "subjects": subject, "after_ms": after_ms, "detail": detail}
    count, last = connection.execute(_COUNT_AND_LAST, given).one()
    return count, last


def _hit(connection: Connection, scope: str, subject: Marks, detail: str, now_ms: int) -> None:
    connection.execute(_HIT, {"scope": scope, "subject": subject[0], "detail": detail, "at_ms": now_ms})
