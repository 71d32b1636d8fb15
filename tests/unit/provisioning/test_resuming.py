"""Runs that are cut off, for real: the same command finishes the job, and nothing tells that it was cut off."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from provisioning.directory.models import Base, ChangeState, Customer, MobileChange
from provisioning.errors import UnreachableError
from tests.support.postgres import PostgresServer
from tests.support.restarts import ON_A_SERVER_TO_STOP
from tests.unit.provisioning.conftest import BRANDS, Sync
from tests.unit.provisioning.deliveries import base, contact, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak

CUSTOMERS = 1100


def _delivery(folder: Path) -> Path:
    rows = base(CUSTOMERS)
    rows["contacts.csv"][5] = contact("G6", value="@")
    return write(folder, rows)


def _is_whole(engine: Engine, keycloak: FakeKeycloak) -> bool:
    """Whether directory and accounts hold what the delivery says, and nothing is pending."""
    with engine.connect() as connection:
        held = {table.name: connection.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    customers = held["directory_customers"]
    told = keycloak.customers["generali"]
    emails = {row["customer_code"]: [row["value"]] for row in held["directory_contacts"]}
    return (
        len(customers) == len(told) == len(held["directory_policies"]) == CUSTOMERS
        and not any(row["push_pending"] for row in customers)
        and {row["customer_code"]: row["record_hash"] for row in customers}
        == {code: record["record_hash"] for code, record in told.items()}
        and all(record["emails"] == emails.get(code, []) for code, record in told.items())
        and [row["pushed_at"] is not None for row in held["directory_deliveries"]] == [True]
    )


@pytest.fixture
def command(database_url: str, keycloak: FakeKeycloak, tmp_path: Path) -> list[Any]:
    secrets = {f"PROVISIONING_CLIENT_SECRET_{brand.upper()}": "right" for brand in BRANDS}
    environment = os.environ | secrets
    environment |= {
        "AREA_CLIENTI_DATABASE_URL": database_url,
        "AREA_CLIENTI_SYNC_STATE_DIR": str(tmp_path / "accepted"),
        "KEYCLOAK_URL": keycloak.url,
    }
    folder = _delivery(tmp_path / "d")
    words = [sys.executable, "-m", "area_clienti", "sync", str(folder), "--quarantine", str(tmp_path / "quarantine")]
    return [words, environment]


def _scratch_is_there(folder: Path) -> bool:
    return any((folder / "accepted").glob("scratch-*/digests_*"))


def _kill(command: list[Any], keycloak: FakeKeycloak, *, or_when: Callable[[], bool] = lambda: False) -> None:
    """Start a run and kill it when Keycloak has written customers and not answered yet, or when it is as asked."""
    words, environment = command
    pushed, go_on = threading.Event(), threading.Event()

    def hold(_count: int) -> None:
        pushed.set()
        go_on.wait(60)

    keycloak.after_writing = hold
    run = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (pushed.is_set() or or_when()):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    run.kill()
    run.wait()
    keycloak.after_writing = None
    go_on.set()


@pytest.mark.parametrize("moment", ["taking in", "pushing"])
def test_a_run_killed_at_any_moment_is_finished_by_the_same_command(
    moment: str, command: list[Any], engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    words, environment = command
    _kill(command, keycloak, or_when=lambda: moment == "taking in" and _scratch_is_there(tmp_path))
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert _is_whole(engine, keycloak)
    assert not any((tmp_path / "accepted").glob("scratch-*"))


def test_a_run_killed_while_it_holds_a_number_back_ends_as_one_that_was_not(
    command: list[Any], sync: Sync, engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    words, environment = command
    old, new = "+393331234501", "+393331234502"
    rows = base(CUSTOMERS)
    rows["contacts.csv"].append(contact("G1", "mobile", old, certified="1"))
    sync(write(tmp_path / "before", rows))
    keycloak.usernames["G1"] = "mario1@example.it"
    rows["contacts.csv"][-1] = contact("G1", "mobile", new, certified="1")
    write(tmp_path / "d", rows, sequence=2)
    _kill(command, keycloak)
    with engine.connect() as connection:
        assert connection.execute(select(MobileChange)).all() == [], "the answer was lost on the way"
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    with Session(engine) as session:
        (change,) = session.scalars(select(MobileChange))
        assert (change.customer_code, change.mobile, change.state) == ("G1", new, ChangeState.WAITING)
        assert change.told_at is not None
        assert not session.scalars(select(Customer).where(Customer.push_pending)).all()
    told = keycloak.customers["generali"]["G1"]
    assert (told["access_mobile"], told["mobiles"]) == (old, [new])
    requests = len(keycloak.requests)
    assert subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0
    assert len(keycloak.requests) == requests, "nothing is left to tell"


def test_a_keycloak_that_dies_after_it_wrote_and_before_it_answered_is_told_again(
    sync: Sync, engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    folder = _delivery(tmp_path / "d")

    def die(count: int) -> None:
        if count >= 1:
            raise ConnectionAbortedError

    keycloak.after_writing = die
    with pytest.raises(UnreachableError):
        sync(folder)
    keycloak.after_writing = None
    report = sync(folder)
    assert report.pushes["generali"].unchanged > 0
    assert _is_whole(engine, keycloak)


def test_four_requests_are_under_way_at_once_and_no_more(sync: Sync, keycloak: FakeKeycloak, tmp_path: Path) -> None:
    gate = threading.Barrier(4, timeout=100)

    def meet(count: int) -> None:
        # The first four wait for each other; the fifth comes later.
        if count <= 4:
            gate.wait()

    keycloak.after_writing = meet
    sync(write(tmp_path / "d", base(2100)))
    assert keycloak.together == 4
    assert len(keycloak.requests) == 5


@ON_A_SERVER_TO_STOP
def test_a_database_that_goes_away_in_the_middle_of_the_push_is_no_loss(
    sync: Sync, engine: Engine, keycloak: FakeKeycloak, own_server: PostgresServer, tmp_path: Path
) -> None:
    folder = _delivery(tmp_path / "d")
    stopped = threading.Event()

    def stop_the_database(count: int) -> None:
        if count == 1:
            own_server.stop(crash=True)
            stopped.set()
        stopped.wait(60)

    keycloak.after_writing = stop_the_database
    with pytest.raises(DBAPIError):
        sync(folder)
    keycloak.after_writing = None
    own_server.start()
    sync(folder)
    assert _is_whole(engine, keycloak)
