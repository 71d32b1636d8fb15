"""Telling workers that something is due, on PostgreSQL by NOTIFY; on SQLite they poll.

A NOTIFY holds a lock of the whole server until its transaction has been written, so it is never part of the transaction
that queues: commits would wait for one another. A thread sends it afterwards, once for however many were queued
meanwhile. One that is lost costs a moment: workers look by themselves, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import make_url

from sms_gateway_bridge.db.engine import POSTGRESQL

CHANNEL = "sms_bridge_due"
LOOK_EVERY_S = 1.0
"""How often a worker that listens looks by itself."""

_AGAIN_AFTER_S = 1.0


class Notifier:
    """`due` is called after a commit, from any thread, and returns at once."""

    def __init__(self, url: str) -> None:
        self._url = _listenable(url)
        self._due = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def due(self) -> None:
        """Something was queued, and is committed."""
        if self._url is None:
            return
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="notify", daemon=True)
                    self._thread.start()
        self._due.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        connection: psycopg.Connection[tuple[object, ...]] | None = None
        while not self._closed:
            self._due.wait()
            self._due.clear()
            if self._closed:
                break
            try:
                connection = connection or _connect(str(self._url))
                connection.execute(f"NOTIFY {CHANNEL}")
            except psycopg.Error:
                # Whoever was to be told looks by itself; the next time begins with a new line.
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()


class Listener:
    """Calls ``on_due`` whenever something may be due. `start`, then `close`."""

    def __init__(self, url: str, on_due: Callable[[], None]) -> None:
        self._url = _listenable(url)
        self._on_due = on_due
        self._closed = threading.Event()
        self.listening = False

    def start(self) -> None:
        """Listen from now on; on SQLite this does nothing."""
        if self._url is not None:
            threading.Thread(target=self._run, name="listen", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with _connect(str(self._url)) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self.listening = True
                    # What came before we listened.
                    self._on_due()
                    while not self._closed.is_set():
                        for _ in connection.notifies(timeout=LOOK_EVERY_S):
                            self._on_due()
            except psycopg.Error:
                pass
            finally:
                self.listening = False
            self._closed.wait(_AGAIN_AFTER_S)


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    options = {name: value for name, value in POSTGRESQL.items() if name != "options"}
    return psycopg.connect(url, autocommit=True, **options)  # type: ignore[arg-type]


def _listenable(url: str) -> str | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)
