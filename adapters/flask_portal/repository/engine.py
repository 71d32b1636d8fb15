"""The database engine of the portal, for SQLite and PostgreSQL."""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_BUSY_TIMEOUT_MS = 5000
# One for each of the server's threads and a few more: a request that finds none free waits no longer than this.
_POOL = {"pool_size": 16, "max_overflow": 4, "pool_timeout": 5}
_FRESH_S = 1.0
"""A connection in use so shortly before is not asked whether it still stands: that is half the way to an answer."""
_RETURNED = "portal_returned"
_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # A page that takes longer is of no use to anybody, and must not keep its locks.
    "options": "-c statement_timeout=10s -c idle_in_transaction_session_timeout=30s"
    # Every statement here finds few rows by an index, whatever is asked for: planning it each time is half its cost.
    " -c plan_cache_mode=force_generic_plan",
}


def open_engine(url: str) -> Engine:
    """Open an engine for ``sqlite:///…`` or ``postgresql://…``; nothing is connected yet.

    Errors never carry the values of a statement: they would be a customer's. On SQLite, readers do not wait for writers
    (WAL) and writers wait for one another up to 5 s, because provisioning writes into the same file.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        psycopg = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(psycopg, hide_parameters=True, connect_args=_POSTGRESQL, **_POOL)
        _ask_idle_ones(engine)
        return engine
    engine = create_engine(parsed, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _ask_idle_ones(engine: Engine) -> None:
    """The pool's own ping, for those that have been idle: a restart of the database in between goes unnoticed."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get(_RETURNED, math.inf) < _FRESH_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def is_unavailable(error: BaseException) -> bool:
    """Whether the database, and not the statement, is what failed: away, restarting, out of connections or of time.

    What was under way is then not committed, and trying again later makes sense.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, PoolTimeoutError)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
