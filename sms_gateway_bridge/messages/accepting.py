"""Accepting messages to customers, each exactly once per Idempotency-Key (SECURITY B3) and within its budgets.

However many there are, they take one transaction and the same number of statements. Each is answered by itself: one
that is refused takes none of the others with it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from sms_gateway_bridge.budgets import SendRequest, admit, locks_of
from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.db.engine import for_each_engine, hold
from sms_gateway_bridge.db.tables import idempotency_keys, messages
from sms_gateway_bridge.errors import BridgeError, IdempotencyConflictError, NotFoundError
from sms_gateway_bridge.messages.states import NOTICE_PRIORITY

NOTICE_VALIDITY_MS = 48 * 3_600_000
_CLAIM = for_each_engine(
    lambda insert: (
        insert(idempotency_keys).on_conflict_do_nothing().returning(idempotency_keys.c.caller, idempotency_keys.c.key)
    )
)
_EARLIER = select(idempotency_keys).where(
    idempotency_keys.c.caller.in_(bindparam("callers", expanding=True)),
    idempotency_keys.c.key.in_(bindparam("keys", expanding=True)),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message that a caller asks for. ``body_hash``: by it a repetition under the same key is known for one."""

    caller: str
    key: str
    wanted: NewMessage
    body_hash: bytes
    trace_id: str

    @property
    def claim(self) -> tuple[str, str]:
        """What can be used once."""
        return self.caller, self.key


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an entry: an id, or why there is none."""

    id: str | None
    error: BridgeError | None = None


def accept(context: Context, entry: Entry) -> str:
    """Queue one message and return its id; raises why it cannot be, see `accept_many`."""
    return accepted(accept_many(context, [entry])[0])


def accepted(answer: Answered) -> str:
    """The id; raises the error where there is none."""
    if answer.error is not None:
        raise answer.error
    return str(answer.id)


def accept_many(context: Context, entries: Sequence[Entry]) -> list[Answered]:
    """Queue messages once per caller and key; the answers stand in the order of the entries.

    A key that was used before for the same has the first id; for something else, in these entries too, it is refused
    (`IdempotencyConflictError`). Two at once: the second waits for the first to commit. Raises `UnavailableError`, and
    then none was queued.
    """
    answers: list[Answered | None] = [_refused(context, entry) for entry in entries]
    good = [place for place, answer in enumerate(answers) if answer is None]
    firsts = _first_of_each_claim(entries, good)
    ids = {claim: _new_message_id() for claim in firsts}
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        claimed = _claim(connection, [entries[place] for place in firsts.values()], ids, now)
        known = {claim: (ids[claim], entries[firsts[claim]].body_hash) for claim in claimed}
        known |= _earlier(connection, [claim for claim in firsts if claim not in claimed])
        _queue(context, connection, [(ids[claim], entries[firsts[claim]]) for claim in claimed], now=now)
    context.notifier.due()
    for place in good:
        message_id, body_hash = known[entries[place].claim]
        same = body_hash == entries[place].body_hash
        answers[place] = Answered(message_id) if same else Answered(None, IdempotencyConflictError())
    return [answer for answer in answers if answer is not None]


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


def _new_message_id() -> str:
    """An id nobody can guess."""
    return f"msg_{secrets.token_hex(16)}"


def _queue(context: Context, connection: Connection, notices: Sequence[tuple[str, Entry]], *, now: int) -> None:
    """Put notices, each with its id, into the queue. What a budget holds back fails there; who asked cannot tell."""
    if not notices:
        return
    requests = [_request(context, entry.wanted) for _, entry in notices]
    hold(connection, (name for one in requests for name in locks_of(one)), now)
    admitted = admit(connection, context.limits, requests, now)
    rows = [
        _row(message_id, entry, admitted=ok, now=now) for (message_id, entry), ok in zip(notices, admitted, strict=True)
    ]
    connection.execute(_INSERT, rows)


def _refused(context: Context, entry: Entry) -> Answered | None:
    try:
        context.brand(entry.wanted.brand)
        canonical(entry.wanted.channel, entry.wanted.to)
    except BridgeError as error:
        return Answered(None, error)
    return None


def _first_of_each_claim(entries: Sequence[Entry], places: Sequence[int]) -> dict[tuple[str, str], int]:
    """The first place of each claim, in an order that all keep: so two transactions never wait for each other."""
    firsts: dict[tuple[str, str], int] = {}
    for place in places:
        firsts.setdefault(entries[place].claim, place)
    return dict(sorted(firsts.items()))


def _claim(
    connection: Connection, entries: Sequence[Entry], ids: Mapping[tuple[str, str], str], now: int
) -> list[tuple[str, str]]:
    """The claims that nobody had made before, in the order of the entries."""
    if not entries:
        return []
    claims = [
        {
            "caller": entry.caller,
            "key": entry.key,
            "body_hash": entry.body_hash,
            "message_id": ids[entry.claim],
            "created_ms": now,
        }
        for entry in entries
    ]
    new = {(caller, key) for caller, key in connection.execute(_CLAIM[connection.dialect.name], claims)}
    return [entry.claim for entry in entries if entry.claim in new]


def _earlier(connection: Connection, claims: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, bytes]]:
    """The message of each of these claims, and what it was made for."""
    if not claims:
        return {}
    given = {"callers": sorted({caller for caller, _ in claims}), "keys": sorted({key for _, key in claims})}
    return {
        (row["caller"], row["key"]): (row["message_id"], bytes(row["body_hash"]))
        for row in connection.execute(_EARLIER, given).mappings()
    }


def _request(context: Context, wanted: NewMessage) -> SendRequest:
    return SendRequest(
        budget="notice",
        purpose=wanted.template[:20],
        contact=context.fingerprint_of(wanted.channel, wanted.to),
        number=wanted.to if wanted.channel == "mobile" else None,
    )


def _row(message_id: str, entry: Entry, *, admitted: bool, now: int) -> dict[str, object]:
    wanted = entry.wanted
    return {
        "id": message_id,
        "caller": entry.caller,
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
        "trace_id": entry.trace_id,
    }
