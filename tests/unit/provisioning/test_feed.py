"""The feed: manifests that stop a delivery, rows that do not, and deliveries made by the product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.brands import load_brands
from domain.contacts import parse_contact
from domain.customers import CustomerKind
from domain.matching import Claim, Match, match_by_contact
from domain.names import PersonName
from provisioning.cli import feed, sync
from provisioning.demo import DEMO_DELIVERY, FIELDS, demo_customers
from provisioning.demo.cases import write_demo
from provisioning.directory import queries
from provisioning.errors import RefusedError
from provisioning.feed.generate import generate
from provisioning.feed.manifest import Mode, open_delivery
from tests.unit.provisioning.conftest import Sync
from tests.unit.provisioning.deliveries import base, write


def _change(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schema_version": 2}, "manifest_invalid"),
        ({"sequence": 0}, "manifest_invalid"),
        ({"mode": "some"}, "manifest_invalid"),
        ({"generated_at": "yesterday"}, "manifest_invalid"),
        ({"surprise": 1}, "manifest_invalid"),
        ({"files": []}, "file_missing"),
        ({"files": [{"name": "../x.csv", "rows": 0, "sha256": "0" * 64}]}, "file_unknown"),
    ],
)
def test_a_wrong_manifest_stops_the_delivery(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    folder = write(tmp_path / "d", base())
    _change(folder, **changes)
    with pytest.raises(RefusedError) as refusal:
        open_delivery(folder)
    assert refusal.value.code == code


def test_a_file_that_changed_after_the_manifest_stops_the_delivery(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", base())
    with (folder / "contacts.csv").open("a") as stream:
        stream.write("G1,email,ladro@example.it,1,,2026-01-10T08:00:00Z\n")
    with pytest.raises(RefusedError) as refusal:
        open_delivery(folder)
    assert refusal.value.code == "checksum_wrong"


def test_a_row_count_that_does_not_fit_stops_the_delivery(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", base())
    files = json.loads((folder / "manifest.json").read_text())["files"]
    files[0]["rows"] += 1
    _change(folder, files=files)
    with pytest.raises(RefusedError) as refusal:
        open_delivery(folder)
    assert refusal.value.code == "row_count_wrong"


def test_a_folder_without_manifest_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    answer = CliRunner().invoke(feed, ["check", str(tmp_path)])
    assert answer.exit_code == 2
    assert "is not a delivery" in " ".join(answer.output.split())


def test_a_missing_setting_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", base())
    answer = CliRunner(env={"AREA_CLIENTI_DATABASE_URL": ""}).invoke(sync, [str(folder)])
    assert answer.exit_code == 2
    assert "AREA_CLIENTI_DATABASE_URL is not set" in " ".join(answer.output.split())


def test_keycloak_out_of_reach_is_exit_code_3(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", base())
    environment = {
        "AREA_CLIENTI_DATABASE_URL": f"sqlite:///{tmp_path}/d.db",
        "KEYCLOAK_URL": "http://127.0.0.1:9",
        "PROVISIONING_CLIENT_SECRET_GENERALI": "x",
        "PROVISIONING_CLIENT_SECRET_ALLEANZA": "x",
    }
    answer = CliRunner(env=environment).invoke(sync, [str(folder), "--quarantine", str(tmp_path / "q")])
    assert answer.exit_code == 3
    assert "run the same command again" in " ".join(answer.output.split())


def test_checking_a_delivery_with_bad_rows_is_exit_code_1_and_shows_no_row(tmp_path: Path) -> None:
    rows = base()
    rows["contacts.csv"][0]["value"] = "segreto@@example.it"
    answer = CliRunner().invoke(feed, ["check", str(write(tmp_path / "d", rows)), "--quarantine", str(tmp_path / "q")])
    assert answer.exit_code == 1
    assert "contact_malformed" in answer.output
    assert "segreto" not in answer.output
    assert "segreto" in (tmp_path / "q" / "check-1.csv").read_text()


def test_the_same_seed_makes_the_same_delivery_and_every_row_of_it_is_good(tmp_path: Path, sync: Sync) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        generate(tmp_path / name, brands=["generali", "alleanza"], customers=300, seed=seed)
    one, two, other = (open_delivery(tmp_path / name).manifest for name in ("one", "two", "other"))
    assert one == two
    assert one.checksum != other.checksum
    assert one.row_count("customers.csv") == 300
    report = sync(tmp_path / "one")
    assert report.quarantined == 0
    assert set(report.pushes) == {"generali", "alleanza"}


def test_a_generated_delta_adds_customers_beside_those_who_are_there(tmp_path: Path, sync: Sync) -> None:
    brands = ["generali", "alleanza"]
    generate(tmp_path / "all", brands=brands, customers=20, seed=7)
    generate(tmp_path / "more", brands=brands, customers=5, seed=7, sequence=2, mode=Mode.DELTA, first=1001)
    sync(tmp_path / "all")
    report = sync(tmp_path / "more")
    assert report.quarantined == 0
    counts = report.tables["customers.csv"]
    assert (counts.inserted, counts.updated, counts.removed) == (5, 0, 0)


def test_the_demo_delivery_that_ships_is_what_its_cases_make(tmp_path: Path) -> None:
    write_demo(tmp_path / "delivery", tmp_path / "customers.json")
    made = {path.name: path.read_bytes() for path in (tmp_path / "delivery").iterdir()}
    assert made == {path.name: path.read_bytes() for path in DEMO_DELIVERY.iterdir()}
    assert json.loads((tmp_path / "customers.json").read_text("utf-8")) == demo_customers()


def test_every_row_of_the_demo_is_good_and_every_customer_to_try_may_register(sync: Sync, engine: Engine) -> None:
    assert sync(DEMO_DELIVERY).is_clean
    brands = load_brands()
    assert {one["brand"] for one in demo_customers()} == set(brands)
    with Session(engine) as session:
        for one in demo_customers():
            assert set(one) == set(FIELDS)
            brand = brands[one["brand"]]
            contact = parse_contact(one["email"] or one["mobile"])
            kind = brand.kind_of(CustomerKind(one["kind"]))
            claim = Claim(kind, PersonName(one["first_name"], one["last_name"]), one["company_name"])
            found = match_by_contact(brand, claim, contact, queries.candidates_by_contact(session, brand.id, contact))
            assert isinstance(found, Match), one["customer_code"]
            assert found.customer_code == one["customer_code"]
