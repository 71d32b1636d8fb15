"""How often something was tried, counted in SQL so that it holds across processes and restarts (SECURITY R1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.dialects import postgresql, sqlite

from adapters.flask_portal.repository.tables import attempts

_INSERT: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class AttemptStore:
    """Counts by scope and subject in fixed windows; a subject is a keyed fingerprint, never what was typed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admit(self, scope: str, subject: str, *, limit: int, until: datetime) -> bool:
        """Count one attempt in the window that ends at ``until``; False, and nothing counted, once ``limit`` are in it.

        One conditional statement decides, so parallel attempts cannot pass together.
        """
        first = _INSERT[self._engine.dialect.name](attempts).values(scope=scope, subject=subject, until=until, used=1)
        counted = first.on_conflict_do_update(
            index_elements=["scope", "subject", "until"],
            set_={"used": attempts.c.used + 1},
            where=attempts.c.used < limit,
        ).returning(attempts.c.used)
        with self._engine.begin() as connection:
            return connection.execute(counted).first() is not None

    def purge(self, now: datetime) -> None:
        """Delete the windows that are over."""
        with self._engine.begin() as connection:
            connection.execute(delete(attempts).where(attempts.c.until < now))
