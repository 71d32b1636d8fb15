"""An end to waiting for a database that is silent: neither a machine that vanished nor a server that hangs says so.

PostgreSQL's own time limits are kept by the server, and a client that waits for an answer has none. So each use of a
connection has a deadline here; past it the line is cut from this side, and whoever waits on it learns that it broke.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any


class Deadlines:
    """Cuts connections (psycopg's) that are in use for too long. One thread of its own, which ends with the process."""

    def __init__(self) -> None:
        self._running: dict[object, tuple[float, Any]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._resting = False

    @contextlib.contextmanager
    def within(self, seconds: float, connection: Any) -> Iterator[None]:
        """The use of a connection, which is cut unless it is over within so many seconds."""
        token = object()
        with self._changed:
            self._running[token] = (time.monotonic() + seconds, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            elif self._resting:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._running[token]

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for token, (until, connection) in list(self._running.items()):
                    if until <= now:
                        self._running[token] = (float("inf"), connection)
                        _cut(connection)
                # Uses begin and end without a word: most are over long before anybody looks. Where none is, it rests.
                self._resting = not self._running
                self._changed.wait(None if self._resting else _LOOK_EVERY_S)
                self._resting = False


_LOOK_EVERY_S = 0.5


def _cut(connection: Any) -> None:
    """Shut the line down; whoever waits on it closes it."""
    with contextlib.suppress(OSError):
        line = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            line.close()
