"""Sending and guessing budgets, counted in SQL so that they hold across processes and restarts (SECURITY O3, O5).

An *audience* is ``anonymous`` (registration, recovery: a stranger may ask) or ``signed_in``. Each has its own budgets:
what a stranger does never uses up a signed-in customer's. Notices have theirs. Subjects are keyed fingerprints, never
contacts.

Sends are judged many at a time: all their locks, then what the database counts, then each in turn, as if those before
it had been written down already; the day's money last. The number of statements does not grow with that of the sends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from sms_gateway_bridge.db.engine import LockName, hold
from sms_gateway_bridge.db.tables import budget_hits
from sms_gateway_bridge.fingerprints import Marks
from sms_gateway_bridge.metrics import HELD_BACK
from sms_gateway_bridge.settings import SendLimits
from sms_gateway_bridge.spending import Audience, left_to_spend, spend

WRONG_CODES_PER_HOUR = 10
WRONG_WINDOW_MS = 3_600_000

HoldBack = Literal["prefix", "contact", "pause", "address", "spend"]
"""Why a send was held back: for operators alone, whoever asked is told nothing."""

SendBudget = Literal["anonymous", "signed_in", "notice"]
"""Whose sends are counted together: an audience's codes, or notices."""

_PAYS: Mapping[SendBudget, Audience] = {"anonymous": "anonymous", "signed_in": "signed_in", "notice": "signed_in"}
_CLIENTS = "send:client"

# Made once: of a message's way through here, making them was most of what it cost.
_OF_SUBJECTS = (
    budget_hits.c.scope.in_(bindparam("scopes", expanding=True)),
    budget_hits.c.subject.in_(bindparam("subjects", expanding=True)),
)
_SINCE = budget_hits.c.at_ms > bindparam("after_ms")
_COUNT = select(func.count()).where(*_OF_SUBJECTS, _SINCE)
_TALLY = (
    select(
        budget_hits.c.scope,
        budget_hits.c.subject,
        budget_hits.c.detail,
        func.count().filter(_SINCE),
        func.max(budget_hits.c.at_ms),
    )
    .where(*_OF_SUBJECTS)
    .group_by(budget_hits.c.scope, budget_hits.c.subject, budget_hits.c.detail)
)
_HIT = insert(budget_hits)
_END_GAP = update(budget_hits).where(*_OF_SUBJECTS, budget_hits.c.detail == bindparam("purpose")).values(detail="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """What the sending budgets look at. ``contact`` and ``client`` are fingerprints, ``number`` the E.164 of an SMS.

    Notices need no pause in between. Clients are counted where strangers ask. What does not cost is held back by a
    used-up day like the rest, but uses up none of it.
    """

    budget: SendBudget
    purpose: str
    contact: Marks
    number: str | None = None
    client: Marks | None = None
    costs: bool = True

    @property
    def scope(self) -> str:
        """Under what its contact is counted."""
        return f"send:{self.budget}"

    @property
    def counted_client(self) -> Marks:
        """The address it is counted under, none where it is not."""
        return self.client or () if self.budget == "anonymous" else ()

    @property
    def pays(self) -> Audience | None:
        """Whose money it takes; an email costs nothing."""
        return _PAYS[self.budget] if self.number is not None else None


def locks_of(request: SendRequest) -> Iterator[LockName]:
    """What must be held while a send is judged, until it is committed."""
    for mark in request.contact:
        yield request.scope, mark
    for mark in request.counted_client:
        yield _CLIENTS, mark


def admit(connection: Connection, limits: SendLimits, requests: Sequence[SendRequest], now_ms: int) -> list[bool]:
    """Whether each send in turn is within every budget; those that are, are counted.

    Call it inside the transaction that queues them, under their `locks_of`.
    """
    tally = _Tally()
    contacts = {(one.scope, mark) for one in requests for mark in one.contact}
    clients = {(_CLIENTS, mark) for one in requests for mark in one.counted_client}
    tally.read(connection, contacts, after_ms=now_ms - limits.contact_window_s * 1000)
    tally.read(connection, clients, after_ms=now_ms - limits.ip_window_s * 1000)
    payers = sorted({one.pays for one in requests if one.pays})
    # The row that everybody shares is locked last.
    left = {audience: left_to_spend(connection, limits, audience, now_ms) for audience in payers}
    spent: Counter[Audience] = Counter()
    admitted = []
    for request in requests:
        pays = request.pays
        paid = pays is None or left[pays] > spent[pays]
        reason = _reason_to_hold_back(limits, request, tally, now_ms, paid=paid)
        admitted.append(reason is None)
        if reason is not None:
            HELD_BACK.labels(request.budget, reason).inc()
            continue
        tally.hit(request.scope, request.contact, request.purpose, now_ms)
        tally.hit(_CLIENTS, request.counted_client, request.purpose, now_ms)
        if pays and request.costs:
            spent[pays] += 1
    tally.write(connection)
    for audience in payers:
        if spent[audience]:
            spend(connection, limits, audience, spent[audience], now_ms)
    return admitted


def _reason_to_hold_back(
    limits: SendLimits, request: SendRequest, tally: _Tally, now_ms: int, *, paid: bool
) -> HoldBack | None:
    if request.number is not None and not request.number.startswith(limits.allowed_prefixes):
        return "prefix"
    if tally.count(request.scope, request.contact) >= limits.per_contact:
        return "contact"
    if request.budget != "notice":
        last = tally.last(request.scope, request.contact, request.purpose)
        if last is not None and now_ms - last < limits.gap_s * 1000:
            return "pause"
    if request.counted_client and tally.count(_CLIENTS, request.counted_client) >= limits.per_ip:
        return "address"
    return None if paid else "spend"


class _Tally:
    """What was counted: read from the database, and added to by those who are admitted."""

    def __init__(self) -> None:
        self._counts: Counter[LockName] = Counter()
        self._last: dict[tuple[str, str, str], int] = {}
        self._hits: list[dict[str, object]] = []

    def read(self, connection: Connection, names: Collection[LockName], *, after_ms: int) -> None:
        if not names:
            return
        scopes, subjects = (sorted(set(part)) for part in zip(*names, strict=True))
        given = {"scopes": scopes, "subjects": subjects, "after_ms": after_ms}
        for scope, subject, detail, count, last in connection.execute(_TALLY, given):
            self._counts[scope, subject] += count
            self._last[scope, subject, detail] = last

    def count(self, scope: str, marks: Marks) -> int:
        return sum(self._counts[scope, mark] for mark in marks)

    def last(self, scope: str, marks: Marks, detail: str) -> int | None:
        """When the last was that had this detail."""
        found = [self._last.get((scope, mark, detail)) for mark in marks]
        return max((at_ms for at_ms in found if at_ms is not None), default=None)

    def hit(self, scope: str, marks: Marks, detail: str, now_ms: int) -> None:
        """Count one more, under the newest of its names."""
        for mark in marks[:1]:
            self._counts[scope, mark] += 1
            self._last[scope, mark, detail] = now_ms
            self._hits.append({"scope": scope, "subject": mark, "detail": detail, "at_ms": now_ms})

    def write(self, connection: Connection) -> None:
        if self._hits:
            connection.execute(_HIT, self._hits)


def end_gap(connection: Connection, audience: Audience, contact: Marks, purpose: str) -> None:
    """Let the next send of this purpose go at once: the last code was approved, so the contact is its owner's.

    The send stays counted in every budget; only the pause after it is waived.
    """
    connection.execute(_END_GAP, {"scopes": [f"send:{audience}"], "subjects": contact, "purpose": purpose})


def wrong_codes_left(connection: Connection, audience: Audience, customer: Marks, now_ms: int) -> int:
    """Wrong codes this customer may still enter in the running hour, read under a lock held until the end."""
    scope = f"wrong:{audience}"
    hold(connection, [(scope, mark) for mark in customer], now_ms)
    given = {"scopes": [scope], "subjects": customer, "after_ms": now_ms - WRONG_WINDOW_MS}
    return WRONG_CODES_PER_HOUR - int(connection.execute(_COUNT, given).scalar_one())


def count_wrong_code(connection: Connection, audience: Audience, customer: Marks, now_ms: int) -> None:
    """Record one wrong code against the customer's budget."""
    hit = {"scope": f"wrong:{audience}", "subject": customer[0], "detail": "", "at_ms": now_ms}
    connection.execute(_HIT, hit)
