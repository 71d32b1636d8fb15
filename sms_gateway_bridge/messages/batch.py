"""Accepting many messages at once: each once per Idempotency-Key and within its budgets, all in one transaction.

How many statements that takes does not grow with the batch. Each message is answered by itself: one that is refused
takes none of the others with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.db.engine import for_each_engine
from sms_gateway_bridge.db.tables import idempotency_keys
from sms_gateway_bridge.errors import BridgeError, IdempotencyConflictError
from sms_gateway_bridge.messages.accepting import NewMessage, new_message_id, queue

MOST_AT_ONCE = 500
_CLAIM = for_each_engine(
    lambda insert: insert(idempotency_keys).on_conflict_do_nothing().returning(idempotency_keys.c.key)
)
_FIELDS = tuple(field.name for field in fields(NewMessage))


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a batch and its key."""

    key: str
    wanted: NewMessage


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an entry: an id, or why there is none."""

    id: str | None
    error: BridgeError | None = None


def accept_many(context: Context, caller: str, entries: Sequence[Entry], *, trace_id: str) -> list[Answered]:
    """Queue messages once per caller and key; the answers stand in the order of the entries.

    A key that was used before with the same message has the first id; with another one, in this batch too, its entry
    is refused. Raises `UnavailableError`, and then none was queued.
    """
    answers: list[Answered | None] = [_refused(context, entry) for entry in entries]
    hashes = [_hash(entry.wanted) for entry in entries]
    fresh = [place for place, answer in enumerate(answers) if answer is None]
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        ids = {place: new_message_id() for place in fresh}
        firsts = _first_of_each_key(entries, fresh)
        claims = [
            {"key": key, "body_hash": hashes[place], "message_id": ids[place], "caller": caller, "created_ms": now}
            for key, place in firsts.items()
        ]
        claimed = _claim_keys(connection, claims)
        known = _known_keys(connection, caller, sorted({entries[place].key for place in fresh}))
        new = [place for key, place in firsts.items() if key in claimed]
        notices = [(ids[place], entries[place].wanted) for place in new]
        queue(context, connection, notices, caller=caller, trace_id=trace_id, now=now)
        for place in fresh:
            message_id, body_hash = known[entries[place].key]
            same = body_hash == hashes[place]
            answers[place] = Answered(message_id) if same else Answered(None, IdempotencyConflictError())
    context.notifier.due()
    return [answer for answer in answers if answer is not None]


def _refused(context: Context, entry: Entry) -> Answered | None:
    try:
        context.brand(entry.wanted.brand)
        canonical(entry.wanted.channel, entry.wanted.to)
    except BridgeError as error:
        return Answered(None, error)
    return None


def _first_of_each_key(entries: Sequence[Entry], places: Sequence[int]) -> dict[str, int]:
    """The place at which each key is used first, in the order of the keys: so two batches never wait for each other."""
    firsts: dict[str, int] = {}
    for place in places:
        firsts.setdefault(entries[place].key, place)
    return dict(sorted(firsts.items()))


def _claim_keys(connection: Connection, claims: Sequence[Mapping[str, object]]) -> frozenset[str]:
    if not claims:
        return frozenset()
    return frozenset(connection.execute(_CLAIM[connection.dialect.name], claims).scalars())


def _known_keys(connection: Connection, caller: str, keys: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    query = select(idempotency_keys.c.key, idempotency_keys.c.message_id, idempotency_keys.c.body_hash).where(
        idempotency_keys.c.caller == caller, idempotency_keys.c.key.in_(keys)
    )
    return {key: (message_id, bytes(body_hash)) for key, message_id, body_hash in connection.execute(query)}


def _hash(wanted: NewMessage) -> bytes:
    # Of what the message says: a batch has no bytes of its own for each.
    said = {field: getattr(wanted, field) for field in _FIELDS}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=dict).encode()).digest()
