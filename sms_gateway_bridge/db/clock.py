"""The database's clock decides: every time the bridge stores or compares is read inside the deciding transaction.

Processes on machines with skewed clocks therefore agree. Tests inject a clock of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

NowMs = Callable[[Connection], int]

_SELECT_NOW = {
    "sqlite": text("SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"),
    "postgresql": text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"),
}


def database_clock(offset_s: int = 0) -> NowMs:
    """A clock that asks the database, plus ``offset_s`` seconds (development only: settings refuse it elsewhere)."""

    def now_ms(connection: Connection) -> int:
        value = connection.execute(_SELECT_NOW[connection.dialect.name]).scalar_one()
        return int(value) + offset_s * 1000

    return now_ms
