"""What operators see and do: dry runs by customer, corrections, the record of runs, metrics."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.clock import FixedClock
from provisioning.cli import correct, runs
from provisioning.cli import sync as sync_command
from provisioning.directory.models import CustomerContact, Run
from provisioning.errors import RefusedError
from provisioning.feed.corrections import write_corrections
from provisioning.sync.runs import RunLog
from tests.unit.provisioning.conftest import BRANDS, WHEN, Sync
from tests.unit.provisioning.deliveries import base, contact, customer, policy, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak

Command = Callable[..., Result]


@pytest.fixture
def command(database_url: str, keycloak: FakeKeycloak, tmp_path: Path) -> Command:
    environment = {f"PROVISIONING_CLIENT_SECRET_{brand.upper()}": "right" for brand in BRANDS}
    environment |= {"AREA_CLIENTI_DATABASE_URL": database_url, "KEYCLOAK_URL": keycloak.url, "COLUMNS": "200"}
    environment |= {"AREA_CLIENTI_SYNC_STATE_DIR": str(tmp_path / "accepted")}

    def call(which: object, *words: object) -> Result:
        return CliRunner(env=environment).invoke(which, [str(word) for word in words])  # type: ignore[arg-type]

    return call


def _told(folder: Path) -> list[tuple[str, ...]]:
    with folder.open(newline="") as stream:
        return [tuple(row.values()) for row in csv.DictReader(stream)]


def test_a_dry_run_names_by_customer_what_would_change_and_no_value(
    command: Command, sync: Sync, tmp_path: Path
) -> None:
    rows = base(30)
    sync(write(tmp_path / "1", rows))
    rows["customers.csv"][3] = customer("G4", last_name="Bianchi", tax_code="")
    rows["contacts.csv"][3] = contact("G4", value="nuovo@example.it")
    rows["policies.csv"].append(policy("P99", "G7"))
    rows["insured_persons.csv"] = [{"policy_number": "P8", "full_name": "Anna Rossi"}]
    folder, changes = write(tmp_path / "2", rows, sequence=2), tmp_path / "changes.csv"
    done = command(sync_command, folder, "--dry-run", "--changes", changes)
    assert done.exit_code == 0, done.output
    assert _told(changes) == [
        ("G4", "contacts.csv", "new", ""),
        ("G4", "contacts.csv", "removed", ""),
        ("G4", "customers.csv", "changed", "last_name;tax_code"),
        ("G7", "policies.csv", "new", ""),
        ("G8", "insured_persons.csv", "new", ""),
    ]
    assert "customers changed (last_name;tax_code)" in done.output
    assert "Customers concerned: 3" in done.output
    assert changes.stat().st_mode & 0o077 == 0
    assert not {"Bianchi", "nuovo", "Anna"} & set(done.output.replace("@", " ").split())


def test_a_corrected_quarantine_file_is_taken_in_and_the_next_delivery_is_free_to_say_otherwise(
    command: Command, engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    rows = base(2)
    rows["contacts.csv"].append(contact("G2", channel="mobile", value="3201234"))
    folder, quarantine, metrics = write(tmp_path / "1", rows), tmp_path / "q", tmp_path / "sync.prom"
    assert command(sync_command, folder, "--quarantine", quarantine, "--metrics", metrics).exit_code == 1
    assert 'area_clienti_sync_rows{file="contacts.csv",result="quarantined"} 1.0' in metrics.read_text()
    corrected = tmp_path / "corrected.csv"
    corrected.write_text((quarantine / "delivery-1.csv").read_text().replace("3201234", "3201234567"))
    done = command(correct, corrected, "--quarantine", quarantine, "--metrics", metrics)
    assert done.exit_code == 0, done.output
    assert keycloak.customers["generali"]["G2"]["mobiles"] == ["+393201234567"]
    assert "area_clienti_sync_exit_code 0.0" in metrics.read_text()
    again = write(tmp_path / "2", rows, sequence=2)
    assert command(sync_command, again, "--allow-removals", "--quarantine", quarantine).exit_code == 1
    with Session(engine) as session:
        # Nobody can tell which number the agency means now.
        assert session.scalars(select(CustomerContact.channel)).all() == ["email", "email"]
        assert [(run.kind, run.outcome) for run in session.scalars(select(Run).order_by(Run.id))] == [
            ("full", "quarantined"),
            ("correction", "done"),
            ("full", "quarantined"),
        ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("contacts.csv,2,value,contact_malformed,no json", "line 2 holds a row that is no JSON"),
        ('contacts.csv,2,value,contact_malformed,"{""value"": ""x""}"', "line 2 holds a row without exactly"),
        ('other.csv,2,value,contact_malformed,"{}"', "line 2 names a file the feed does not have"),
        ('contacts.csv,2,,column_count_wrong,"{""row"": ""G1,email""}"', "line 2 holds a row without exactly"),
    ],
)
def test_a_correction_that_is_none_is_refused_with_its_line(tmp_path: Path, entry: str, words: str) -> None:
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(f"file,line,field,reason,row\n{entry}\n")
    with pytest.raises(RefusedError, match=words):
        write_corrections(corrected, tmp_path / "d", sequence=1, now=WHEN)


def test_every_run_is_on_record_with_how_it_ended(
    command: Command, engine: Engine, keycloak: FakeKeycloak, tmp_path: Path
) -> None:
    # A run that never ended.
    RunLog(engine, FixedClock(WHEN)).begin(1, "full")
    folder = write(tmp_path / "1", base(40))
    keycloak.fail_after_requests = 0
    report = tmp_path / "report.json"
    assert command(sync_command, folder, "--report", report).exit_code == 3
    keycloak.fail_after_requests = None
    assert command(sync_command, folder, "--report", report).exit_code == 0
    assert json.loads(report.read_text())["pushes"]["generali"]["created"] == 40
    assert command(sync_command, write(tmp_path / "2", base(30), sequence=2)).exit_code == 2
    listed = command(runs)
    assert listed.exit_code == 0
    found = [line.split("│")[-2].strip() for line in listed.output.splitlines() if "│" in line]
    assert found == [
        "refused (too_many_removals)",
        "done",
        "unreachable (keycloak_unreachable)",
        "cut_off",
    ]
    assert "40" in command(runs, 3).output
    assert json.loads(command(runs, 3, "--json").output)["already_applied"] is True
    assert command(runs, 99).exit_code == 2
