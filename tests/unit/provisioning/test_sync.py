"""Sync: what reaches the directory and Keycloak, and what never does."""

from __future__ import annotations

import csv
import multiprocessing
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from provisioning.directory.models import Customer, CustomerContact, Delivery, Policy
from provisioning.errors import RefusedError, UnreachableError
from provisioning.sync.lock import only_run
from tests.unit.provisioning.conftest import Sync
from tests.unit.provisioning.deliveries import agency, base, contact, customer, policy, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak


@pytest.fixture
def writes(engine: Engine) -> list[str]:
    """The statements that change anything but the record of runs, as they are sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        changes = statement.split(maxsplit=1)[0].upper() in ("INSERT", "UPDATE", "DELETE")
        if changes and "directory_runs" not in statement:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return sent


def test_a_first_delivery_fills_the_directory_and_tells_keycloak(
    sync: Sync, engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    rows = base()
    rows["contacts.csv"] += [
        contact(channel="mobile", value="320 123 4567"),
        contact(channel="mobile", value="0039 333 1234567", certified="1"),
        contact(channel="landline", value="06 12345678"),
    ]
    report = sync(write(tmp_path / "d", rows))
    assert report.is_clean
    record = keycloak.customers["generali"]["G1"]
    assert record["emails"] == ["mario1@example.it"]
    assert record["mobiles"] == ["+393201234567", "+393331234567"]
    assert record["landlines"] == ["+390612345678"]
    assert record["access_mobile"] == "+393331234567"
    assert record["status"] == "active"
    with Session(engine) as session:
        assert session.scalars(select(Policy.policy_number)).all() == ["P1"]


def test_the_same_delivery_again_writes_nothing_anywhere(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path, writes: list[str]
) -> None:
    folder = write(tmp_path / "d", base(3))
    sync(folder)
    assert writes
    writes.clear()
    keycloak.requests.clear()
    report = sync(folder)
    assert report.already_applied
    assert writes == []
    assert keycloak.requests == []


def test_a_new_delivery_writes_only_the_rows_that_differ_and_pushes_only_their_customers(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path, writes: list[str]
) -> None:
    rows = base(40)
    sync(write(tmp_path / "1", rows))
    keycloak.requests.clear()
    writes.clear()
    rows["contacts.csv"][6] = contact("G7", value="nuovo@example.it")
    report = sync(write(tmp_path / "2", rows, sequence=2))
    assert keycloak.requests == [("generali", 1)]
    assert keycloak.customers["generali"]["G7"]["emails"] == ["nuovo@example.it"]
    assert [(t.inserted, t.updated, t.removed) for t in report.tables.values() if t.changed] == [(1, 0, 1)]
    tables = {statement.split("directory_")[1].split()[0] for statement in writes}
    assert tables == {"contacts", "customers", "deliveries"}


def test_a_policy_change_is_written_without_telling_keycloak(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path, engine: Engine
) -> None:
    rows = base()
    sync(write(tmp_path / "1", rows))
    keycloak.requests.clear()
    rows["policies.csv"] = [policy(status="ceased")]
    sync(write(tmp_path / "2", rows, sequence=2))
    assert keycloak.requests == []
    with Session(engine) as session:
        assert session.scalar(select(Policy.status)) == "ceased"


def test_a_customer_absent_from_a_full_delivery_is_ceased_and_comes_back_with_the_next(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    sync(write(tmp_path / "1", base(2)))
    sync(write(tmp_path / "2", base(1), sequence=2), allow_removals=True)
    gone = keycloak.customers["generali"]["G2"]
    assert gone["status"] == "ceased"
    assert gone["emails"] == []
    sync(write(tmp_path / "3", base(2), sequence=3))
    assert keycloak.customers["generali"]["G2"]["status"] == "active"


def test_more_than_five_percent_of_removals_stop_the_run_before_anything_is_written(
    sync: Sync, keycloak: FakeKeycloak, engine: Engine, tmp_path: Path
) -> None:
    sync(write(tmp_path / "1", base(40)))
    keycloak.requests.clear()
    with pytest.raises(RefusedError) as refusal:
        sync(write(tmp_path / "2", base(37), sequence=2))
    assert refusal.value.code == "too_many_removals"
    assert keycloak.requests == []
    with Session(engine) as session:
        assert session.scalars(select(Delivery.sequence)).all() == [1]
        assert session.scalars(select(Customer).where(Customer.removed)).all() == []
    assert sync(write(tmp_path / "2b", base(38), sequence=2)).tables["customers.csv"].removed == 2


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    sync: Sync, keycloak: FakeKeycloak, engine: Engine, tmp_path: Path
) -> None:
    report = sync(write(tmp_path / "d", base(2)), dry_run=True)
    assert report.pending == 2
    assert report.tables["customers.csv"].inserted == 2
    assert keycloak.requests == []
    with Session(engine) as session:
        assert session.scalars(select(Customer)).all() == []
        assert session.scalars(select(Delivery)).all() == []


def test_bad_rows_go_to_quarantine_with_file_line_field_and_reason_and_the_rest_goes_on(
    sync: Sync, engine: Engine, tmp_path: Path
) -> None:
    rows = base()
    rows["agencies.csv"].append(agency("X001", brand="altra"))
    rows["customers.csv"] += [
        customer("G2", tax_code="RSSMRA80A01H501X"),
        customer("G3", agency_code="G999"),
        customer("G1", last_name="Bianchi"),
    ]
    rows["contacts.csv"] += [
        contact(channel="mobile", value="06 12345678"),
        contact("G9"),
        contact(value="MARIO1@Example.it"),
    ]
    rows["policies.csv"] += [policy("P2", effective_on="2025-02-30"), policy("P3", premium_eur="12,50")]
    report = sync(write(tmp_path / "d", rows))
    with (tmp_path / "quarantine.csv").open(newline="") as stream:
        found = {(row["file"], int(row["line"]), row["field"], row["reason"]) for row in csv.DictReader(stream)}
    assert found == {
        ("agencies.csv", 3, "brand", "brand_unknown"),
        ("customers.csv", 3, "tax_code", "tax_code_malformed"),
        ("customers.csv", 4, "agency_code", "unknown_agency"),
        ("customers.csv", 5, "customer_code", "duplicate_key"),
        ("contacts.csv", 3, "value", "contact_is_landline"),
        ("contacts.csv", 4, "customer_code", "unknown_customer"),
        ("contacts.csv", 5, "customer_code", "duplicate_key"),
        ("policies.csv", 3, "effective_on", "date_malformed"),
        ("policies.csv", 4, "premium_eur", "amount_malformed"),
    }
    assert report.quarantined == len(found)
    assert not report.is_clean
    with Session(engine) as session:
        assert session.scalars(select(Customer.customer_code)).all() == ["G1"]


def test_the_quarantine_file_can_be_read_by_its_owner_alone(sync: Sync, tmp_path: Path) -> None:
    sync(write(tmp_path / "d", base() | {"contacts.csv": [contact(value="x")]}))
    assert (tmp_path / "quarantine.csv").stat().st_mode & 0o077 == 0


def test_a_row_that_turned_bad_keeps_what_was_stored_of_it(sync: Sync, engine: Engine, tmp_path: Path) -> None:
    rows = base()
    sync(write(tmp_path / "1", rows))
    rows["customers.csv"] = [customer(tax_code="NONSENSE")]
    sync(write(tmp_path / "2", rows, sequence=2))
    with Session(engine) as session:
        assert session.scalars(select(Customer.status)).all() == ["active"]
        assert len(session.scalars(select(CustomerContact)).all()) == 1


@pytest.mark.parametrize(
    ("sequence", "mode", "code"),
    [
        (2, "full", "sequence_reused"),
        (1, "full", "sequence_old"),
        (4, "delta", "sequence_gap"),
        (4, "full", None),
        (3, "delta", None),
    ],
)
def test_a_delivery_must_follow_the_last_one(
    sync: Sync, tmp_path: Path, sequence: int, mode: str, code: str | None
) -> None:
    sync(write(tmp_path / "first", base(), sequence=2))
    folder = write(tmp_path / "next", base(2), sequence=sequence, mode=mode)
    if code is None:
        sync(folder)
    else:
        with pytest.raises(RefusedError) as refusal:
            sync(folder)
        assert refusal.value.code == code


def test_a_delta_changes_and_deletes_only_what_it_names(sync: Sync, keycloak: FakeKeycloak, tmp_path: Path) -> None:
    sync(write(tmp_path / "1", base(30)))
    keycloak.requests.clear()
    changes = {
        "contacts.csv": [
            contact("G3", value="mario3@example.it", deleted="1", certified="", updated_at=""),
            contact("G3", channel="mobile", value="3201234567"),
        ],
        "customers.csv": [customer("G5", last_name="Bianchi")],
    }
    sync(write(tmp_path / "2", changes, sequence=2, mode="delta"))
    assert keycloak.requests == [("generali", 2)]
    changed = keycloak.customers["generali"]
    assert (changed["G3"]["emails"], changed["G3"]["mobiles"]) == ([], ["+393201234567"])
    assert changed["G5"]["last_name"] == "Bianchi"
    assert changed["G30"]["status"] == "active"


def test_keycloak_out_of_reach_leaves_the_delivery_pending_and_the_same_command_finishes_it(
    sync: Sync, keycloak: FakeKeycloak, engine: Engine, tmp_path: Path
) -> None:
    folder = write(tmp_path / "d", base(1200))
    keycloak.fail_after_requests = 1
    with pytest.raises(UnreachableError):
        sync(folder)
    told = len(keycloak.customers["generali"])
    assert told in {200, 500}
    with Session(engine) as session:
        assert session.scalar(select(Delivery.pushed_at)) is None
    keycloak.fail_after_requests = None
    keycloak.requests.clear()
    report = sync(folder)
    assert len(keycloak.requests) == 2
    assert report.pushes["generali"].created == 1200 - told
    assert len(keycloak.customers["generali"]) == 1200


def test_a_wrong_client_secret_is_refused_and_not_called_unreachable(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    keycloak.secret = "another"
    with pytest.raises(RefusedError) as refusal:
        sync(write(tmp_path / "d", base()))
    assert refusal.value.code == "keycloak_forbidden"


def test_a_record_keycloak_refuses_is_reported_and_tried_again_with_the_next_delivery(
    sync: Sync, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    keycloak.refuse = {"G2": "username_taken"}
    first = write(tmp_path / "1", base(2))
    report = sync(first)
    assert report.refusals == [("G2", "username_taken")]
    assert not report.is_clean
    keycloak.requests.clear()
    sync(first)
    assert keycloak.requests == []
    keycloak.refuse = {}
    sync(write(tmp_path / "2", base(2), sequence=2))
    assert "G2" in keycloak.customers["generali"]


def _hold_the_lock_and_die(engine_url: str, holding: multiprocessing.synchronize.Event) -> None:
    from provisioning.directory import open_engine

    with only_run(open_engine(engine_url)):
        holding.set()
        multiprocessing.Event().wait()


def test_two_runs_at_once_are_refused_and_a_killed_run_leaves_no_lock(
    sync: Sync, engine: Engine, tmp_path: Path, database_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    other = context.Process(target=_hold_the_lock_and_die, args=(database_url, holding))
    other.start()
    assert holding.wait(120)
    folder = write(tmp_path / "d", base())
    with pytest.raises(RefusedError) as refusal:
        sync(folder)
    assert refusal.value.code == "another_run"
    other.kill()
    other.join()
    # PostgreSQL lets go when it notices that the process is gone.
    _await_the_lock(engine)
    assert sync(folder).is_clean


def _await_the_lock(engine: Engine) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(RefusedError), only_run(engine):
            return
        time.sleep(0.05)
    raise AssertionError("the killed run left its lock")
