"""Fixtures shared by every kind of test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brands import THIRD_BRAND, THIRD_BRAND_DELIVERY
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases, StackDatabases
from tests.support.delivering import deliver
from tests.support.postgres import PostgresServer, PostgresUnavailableError, in_memory, running_postgres
from tests.support.restarts import SERVER_TO_STOP
from tests.support.stack import PROJECT, Stack, attached_stack, running_stack


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server, started when a test first needs it."""
    try:
        with running_postgres(parent=in_memory()) as server:
            yield server
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def own_server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A PostgreSQL server that a test may stop: the session's serves others."""
    with running_postgres(parent=in_memory()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """New databases; whatever uses this runs once on each engine, or on `own_server` alone (`ON_A_SERVER_TO_STOP`)."""
    made: Databases
    own: PostgresServer | None = None
    if request.param == "sqlite":
        templates = tmp_path_factory.getbasetemp() / "templates"
        templates.mkdir(exist_ok=True)
        made = SqliteDatabases(tmp_path, templates)
    elif request.param == SERVER_TO_STOP:
        own = request.getfixturevalue("own_server")
        made = PostgresDatabases(own)
    else:
        made = PostgresDatabases(request.getfixturevalue("postgres"))
    yield made
    if own and not own.is_running:
        # A test failed half way: the next one begins with a server all the same.
        own.start()
    made.close()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The whole product with the shipped brands and an invented third one, on PostgreSQL, started once a session.

    Where no PostgreSQL can run it is on the embedded databases, as the start command's own tests always are. Or one
    that runs already, by its run folder (see `attached_stack`).
    """
    if run_dir := os.environ.get("AREA_CLIENTI_TEST_STACK"):
        attached = attached_stack(Path(run_dir))
        if attached.serves(THIRD_BRAND.id):
            deliver(attached, THIRD_BRAND_DELIVERY)
        yield attached
        return
    try:
        databases = StackDatabases.on(request.getfixturevalue("postgres"))
    except pytest.skip.Exception:
        databases = None
    run_dir, brands = PROJECT / "var" / "test-run", (THIRD_BRAND.folder,)
    with running_stack(run_dir, brand_folders=brands, databases=databases) as running:
        deliver(running, THIRD_BRAND_DELIVERY)
        yield running


@pytest.fixture
def brand(request: pytest.FixtureRequest, stack: Stack) -> str:
    """The id of a brand, for `parametrize(..., indirect=["brand"])`; the test is skipped where the stack has it not."""
    if not stack.serves(request.param):
        pytest.skip(f"the stack that is attached has no brand {request.param}: start it with its brand folder")
    return str(request.param)
