"""Signs of life: every worker refreshes a row of its own, and readiness asks how old the freshest is.

Both sides go by the database's clock, so a skewed machine neither hides a dead worker nor buries a living one.
"""

from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy import Connection, delete, func, select

from sms_gateway_bridge.db.engine import Database, insert_for
from sms_gateway_bridge.db.tables import heartbeats

BEAT_EVERY_S = 5.0
ALIVE_FOR_S = 30


def new_name() -> str:
    """A name for a worker of this process: its host, its process id, and chance."""
    return f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"


def beat(database: Database, worker: str) -> None:
    """Say that ``worker`` lives. Raises `UnavailableError`."""
    with database.write() as connection:
        now = database.now_ms(connection)
        statement = insert_for(connection)(heartbeats).values(worker=worker, seen_ms=now)
        connection.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"seen_ms": now}))


def leave(database: Database, worker: str) -> None:
    """Take the worker's row away, so that readiness knows at once that it stopped. Raises `UnavailableError`."""
    with database.write() as connection:
        connection.execute(delete(heartbeats).where(heartbeats.c.worker == worker))


def any_alive(connection: Connection, now_ms: int) -> bool:
    """Whether some worker showed a sign of life within the last `ALIVE_FOR_S` seconds."""
    last: int | None = connection.execute(select(func.max(heartbeats.c.seen_ms))).scalar_one()
    return last is not None and now_ms - last <= ALIVE_FOR_S * 1000


def alive_on(connection: Connection, now_ms: int) -> bool:
    """Whether a worker of this host showed a sign of life within the last `ALIVE_FOR_S` seconds."""
    mine = heartbeats.c.worker.startswith(f"{_host()}-", autoescape=True)
    last: int | None = connection.execute(select(func.max(heartbeats.c.seen_ms)).where(mine)).scalar_one()
    return last is not None and now_ms - last <= ALIVE_FOR_S * 1000


def _host() -> str:
    return socket.gethostname()[:30]
