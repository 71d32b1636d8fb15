"""How providers stand, kept where every worker and the operator can see it; and which of them are drained.

Each worker writes a row of its own for each of its providers with every sign of life; a row is as good as its worker's.
A drained provider is handed nothing more by any worker, within about a second; what it has under way ends by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select

from sms_gateway_bridge.db.engine import Database, insert_for
from sms_gateway_bridge.db.tables import drained_providers, provider_reports
from sms_gateway_bridge.heartbeats import ALIVE_FOR_S
from sms_gateway_bridge.providers.base import OUTCOMES
from sms_gateway_bridge.providers.router import Report

_COLUMN = {"sent": "sent", "failed": "failed", "retry": "retried", "unknown": "unknown"}


@dataclass(slots=True)
class Standing:
    """One provider over all living workers: how many of them hold it in each state, and what they submitted."""

    provider: str
    channel: str
    drained: bool
    workers: int = 0
    ready: int = 0
    under_way: int = 0
    breakers: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)


def report(database: Database, worker: str, reports: Sequence[Report]) -> None:
    """Write how this worker's providers stand. Raises `UnavailableError`."""
    if not reports:
        return
    with database.write() as connection:
        now = database.now_ms(connection)
        rows = [
            {
                "worker": worker,
                "provider": one.provider,
                "channel": one.channel,
                "ready": one.ready,
                "breaker": one.breaker,
                "under_way": one.under_way,
                **{_COLUMN[outcome]: one.outcomes.get(outcome, 0) for outcome in OUTCOMES},
                "seen_ms": now,
            }
            for one in reports
        ]
        statement = insert_for(connection)(provider_reports).values(rows)
        news = {name: statement.excluded[name] for name in rows[0] if name not in ("worker", "provider")}
        connection.execute(statement.on_conflict_do_update(index_elements=["worker", "provider"], set_=news))


def leave(database: Database, worker: str) -> None:
    """Take a worker's rows away. Raises `UnavailableError`."""
    with database.write() as connection:
        connection.execute(delete(provider_reports).where(provider_reports.c.worker == worker))


def drained(database: Database) -> frozenset[str]:
    """The providers that are handed nothing more. Raises `UnavailableError`."""
    with database.read() as connection:
        return frozenset(connection.execute(select(drained_providers.c.provider)).scalars())


def drain(database: Database, provider: str, *, off: bool = False) -> None:
    """Drain a provider, or take it back. Raises `UnavailableError`."""
    with database.write() as connection:
        if off:
            connection.execute(delete(drained_providers).where(drained_providers.c.provider == provider))
            return
        now = database.now_ms(connection)
        statement = insert_for(connection)(drained_providers).values(provider=provider, since_ms=now)
        connection.execute(statement.on_conflict_do_nothing())


def standings(connection: Connection, now_ms: int) -> list[Standing]:
    """How each provider of the living workers stands, by name."""
    closed = frozenset(connection.execute(select(drained_providers.c.provider)).scalars())
    found: dict[str, Standing] = {}
    alive = select(provider_reports).where(provider_reports.c.seen_ms >= now_ms - ALIVE_FOR_S * 1000)
    for row in connection.execute(alive.order_by(provider_reports.c.channel, provider_reports.c.provider)).mappings():
        name = row["provider"]
        one = found.setdefault(name, Standing(name, row["channel"], name in closed))
        one.workers += 1
        one.ready += int(row["ready"])
        one.under_way += row["under_way"]
        one.breakers[row["breaker"]] += 1
        one.outcomes.update({outcome: row[_COLUMN[outcome]] for outcome in OUTCOMES})
    return list(found.values())
