"""What customers wrote, exported for the agency."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from adapters.flask_portal.repository import open_engine, upgrade
from adapters.flask_portal.repository.tables import domiciles
from area_clienti.errors import AreaClientiError
from area_clienti.export_changes import export_changes
from provisioning.feed.reader import GoodRow, RawRow, RowReader
from provisioning.feed.tables import TABLES
from tests.support.databases import Databases

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    engine = open_engine(databases(upgrade))
    yield engine
    engine.dispose()


def _wrote(engine: Engine, code: str, when: datetime) -> None:
    place = {"postal_code": "20121", "city": "Milano", "province": "MI", "country": "IT", "operation_id": "op-1"}
    with engine.begin() as connection:
        row = {"customer_code": code, "street": 'Via "Nuova", 1', "updated_at": when} | place
        connection.execute(insert(domiciles).values(row))


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "addresses.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_domicile_comes_in_the_feeds_own_columns_and_for_its_owner_alone(engine: Engine, tmp_path: Path) -> None:
    _wrote(engine, "G1", NOON)
    assert export_changes(engine, tmp_path / "1", after=None, now=NOON) == 1
    (row,) = _rows(tmp_path / "1")
    table = TABLES["addresses.csv"]
    assert tuple(row) == table.columns
    reader = RowReader(table, "addresses.csv", table.columns, {"generali"})
    (read,) = reader.read([RawRow(line=2, group="G1", cells=tuple(row.values()))])
    assert isinstance(read, GoodRow), "the feed would take it"
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text())
    assert (manifest["kind"], manifest["files"][0]["rows"]) == ("customer-changes", 1)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "1", tmp_path / "1" / "addresses.csv"))


def test_the_next_export_holds_what_came_since_and_misses_nothing_that_was_under_way(
    engine: Engine, tmp_path: Path
) -> None:
    _wrote(engine, "G1", NOON - timedelta(hours=1))
    export_changes(engine, tmp_path / "1", after=None, now=NOON)
    _wrote(engine, "G2", NOON - timedelta(seconds=1))
    _wrote(engine, "G3", NOON + timedelta(hours=1))
    export_changes(engine, tmp_path / "2", after=tmp_path / "1", now=NOON + timedelta(hours=2))
    assert [row["customer_code"] for row in _rows(tmp_path / "2")] == ["G2", "G3"]


def test_what_is_no_earlier_export_and_a_folder_in_use_are_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(AreaClientiError, match="no earlier export"):
        export_changes(engine, tmp_path / "1", after=tmp_path, now=NOON)
    with pytest.raises(AreaClientiError, match="there already"):
        export_changes(engine, tmp_path, after=None, now=NOON)
