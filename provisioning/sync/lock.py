"""One run at a time on one directory; the lock falls by itself when its process dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from provisioning.errors import RefusedError

# Any constant that nothing else in this database uses for an advisory lock.
_ADVISORY_LOCK = 0x41435359


@contextmanager
def only_run(engine: Engine) -> Iterator[None]:
    """Hold the directory's lock; raises `RefusedError` when another run holds it."""
    if engine.dialect.name == "sqlite":
        database = engine.url.database
        with _file_lock(Path(f"{database}.sync.lock")):
            yield
        return
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _ADVISORY_LOCK}):
            raise _busy()
        # The lock belongs to the session, not to the transaction: that one must not stay open for hours.
        connection.commit()
        try:
            yield
        finally:
            # Where the server is gone the lock is too, and what ended the run is told instead.
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _ADVISORY_LOCK})


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _busy() from None
        yield


def _busy() -> RefusedError:
    return RefusedError("another_run", "Another sync is running on this directory; wait for it to end.")
