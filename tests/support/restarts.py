"""A database server that goes away and comes back while a service uses it (SECURITY, faults)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.support.postgres import PostgresServer

RECOVERY_LIMIT_S = 30
SERVER_TO_STOP = "postgresql-to-stop"
# As a module's `pytestmark`: the fixture `databases` is on a server of the module's own, `own_server`.
ON_A_SERVER_TO_STOP = pytest.mark.parametrize("databases", [SERVER_TO_STOP], indirect=True)


def crash_before_the_commit_of(engine: Engine, server: PostgresServer, statement: str) -> list[str]:
    """Stop the server, once, when a transaction that ran ``statement…`` is about to be committed.

    Returns a list that holds the statement once it has happened.
    """
    happened: list[str] = []
    ran: set[int] = set()

    def note(connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if text.startswith(statement):
            ran.add(id(connection))

    def crash(connection: Any) -> None:
        if id(connection) in ran and not happened:
            happened.append(statement)
            server.stop(crash=True)

    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "commit", crash)
    return happened


def seconds_until(holds: Callable[[], bool]) -> float:
    """How long it takes until ``holds``; fails after the time a service has to recover."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < RECOVERY_LIMIT_S, "no recovery in time"
        time.sleep(0.1)
    return time.monotonic() - began
