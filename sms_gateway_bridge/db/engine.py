"""Connections and transactions, the same on both engines.

SQLite: write-ahead log, every writing transaction takes the write lock at its start (``BEGIN IMMEDIATE``), so nothing
read inside it can change before it commits. PostgreSQL: READ COMMITTED, where row locks (conditional updates,
:func:`hold`) do the same work for the rows that matter.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sms_gateway_bridge.db.clock import NowMs, database_clock
from sms_gateway_bridge.db.deadline import Deadlines
from sms_gateway_bridge.db.tables import locks
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError

_WRITES = "bridge_writes"
_RETURNED = "bridge_returned"
_WITHOUT_WAITING = text("SET LOCAL synchronous_commit TO off")
_POOL_TIMEOUT_S = 5
PING_S = 3.0
FRESH_S = 1.0
"""A line that was in use so shortly before is not asked whether it still stands."""

LONGEST_TRANSACTION_S = 15.0
"""Longer than any statement may take; nobody waits longer for an answer, and a worker's lease lasts twice as long."""

LockName = tuple[str, str]
"""What a lock is for: the kind of thing that is counted under it, and which one."""

POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    # Longer than any wait that ends well; a caller has given up by then, and locks must not outlive it.
    "options": "-c statement_timeout=10s -c idle_in_transaction_session_timeout=30s",
}


class Database:
    """One engine and its clock. ``write()`` and ``read()`` give a connection inside a transaction."""

    def __init__(
        self,
        url: str,
        *,
        clock: NowMs | None = None,
        pool_size: int = 20,
        longest_transaction_s: float | None = LONGEST_TRANSACTION_S,
    ) -> None:
        self._deadlines = Deadlines()
        self.engine = _engine(url, pool_size, self._deadlines)
        self._longest_s = longest_transaction_s if self.engine.dialect.name == "postgresql" else None
        self.now_ms: NowMs = clock or database_clock()
        # One writer at a time is SQLite's rule; queueing here is fair where its busy handler sleeps and retries.
        self._writer: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self.one_writes else contextlib.nullcontext()
        )

    @property
    def one_writes(self) -> bool:
        """Whether a transaction that may write keeps all others waiting that may, whatever it writes."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; commits on leaving, rolls back on any error.

        Raises `UnavailableError` when the database cannot be reached or refuses to commit.
        """
        with self._writer, _unavailable(), self.engine.connect() as connection, self._in_time(connection):
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises `UnavailableError` as `write` does."""
        with (
            _unavailable(),
            self.engine.connect() as connection,
            self._in_time(connection),
            connection.begin(),
        ):
            yield connection

    def _in_time(self, connection: Connection) -> contextlib.AbstractContextManager[None]:
        if self._longest_s is None:
            return contextlib.nullcontext()
        return self._deadlines.within(self._longest_s, connection.connection.dbapi_connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


@contextlib.contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError:
        raise UnavailableError("the database is busy", retry_after_s=2) from None
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError"):
            raise UnavailableError("the database cannot be reached", retry_after_s=2) from error
        raise


_NEW_LOCKS = postgresql.insert(locks).values(
    scope=bindparam("scope"), subject=bindparam("subject"), touched_ms=bindparam("touched_ms")
)
_HOLD = _NEW_LOCKS.on_conflict_do_update(
    index_elements=["scope", "subject"], set_={"touched_ms": _NEW_LOCKS.excluded.touched_ms}
)


def hold(connection: Connection, names: Iterable[LockName], now_ms: int) -> None:
    """Take locks until the transaction ends, in an order that is the same in every process, in one round trip.

    Whoever counts under them counts alone. Whoever takes more than once may wait for somebody who waits for it: name
    all that is needed. On SQLite a transaction that may write is alone already.
    """
    if connection.dialect.name == "sqlite":
        return
    if rows := [{"scope": scope, "subject": subject, "touched_ms": now_ms} for scope, subject in sorted(set(names))]:
        connection.execute(_HOLD, rows)


def for_each_engine(build: Callable[[Any], Any]) -> Mapping[str, Any]:
    """A statement that begins with the dialect's ``insert``, by dialect: made once, since making it costs the most."""
    return {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}


def without_waiting(connection: Connection) -> None:
    """Let this transaction's commit return before it is on disk; a later one that waits takes it along (PostgreSQL).

    A crash of the server in between undoes it, and nothing else: never the order of commits.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_WITHOUT_WAITING)


def insert_for(connection: Connection) -> Any:
    """The dialect's ``insert`` construct, for ``ON CONFLICT`` (both engines spell it alike)."""
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _engine(url: str, pool_size: int, deadlines: Deadlines) -> Engine:
    try:
        parsed = make_url(url)
    except Exception as error:
        raise ConfigurationError("SMS_BRIDGE_DATABASE_URL is not a database URL") from error
    # hide_parameters: an error of the driver must not carry a contact into a log (SECURITY D1).
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigurationError("SMS_BRIDGE_DATABASE_URL must name an SQLite file: the worker shares it")
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=20,
            pool_timeout=_POOL_TIMEOUT_S,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        psycopg = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(
            psycopg,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=20,
            pool_timeout=_POOL_TIMEOUT_S,
            connect_args=POSTGRESQL,
        )

        @event.listens_for(engine, "checkin")
        def note(_connection: Any, record: Any) -> None:
            record.info[_RETURNED] = time.monotonic()

        @event.listens_for(engine, "checkout")
        def ping(connection: Any, record: Any, _proxy: object) -> None:
            # As the pool's own ping, which would wait without end on a line that is silent, and asks every time.
            if time.monotonic() - record.info.get(_RETURNED, -math.inf) < FRESH_S:
                return
            try:
                with deadlines.within(PING_S, connection):
                    engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

        return engine
    raise ConfigurationError("SMS_BRIDGE_DATABASE_URL must begin with sqlite:/// or postgresql://")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by the listener below, not by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
