"""The comparison with the accepted state: what is read again, what is not, and that it makes no difference."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.clock import FixedClock
from provisioning.directory import open_engine, upgrade
from provisioning.directory.models import Base, CustomerContact, Delivery
from provisioning.feed.manifest import open_delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.feed.reader import RawRow, RowReader
from provisioning.feed.tables import TABLES
from provisioning.sync.accepted import AcceptedStates
from provisioning.sync.keycloak import RecordResult
from provisioning.sync.run import SyncOptions, SyncRun
from tests.support.databases import Databases
from tests.unit.provisioning.conftest import BRANDS, MOBILE_HOLD, Sync
from tests.unit.provisioning.deliveries import agency, base, contact, customer, policy, write

_WHEN = FixedClock(datetime(2026, 1, 11, 2, tzinfo=UTC))


@pytest.fixture
def read_lines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """File and line of every row that is validated."""
    read: list[tuple[str, int]] = []
    whole = RowReader.read

    def noted(self: RowReader, rows: Sequence[RawRow]) -> Any:
        read.extend((self.name, row.line) for row in rows)
        return whole(self, rows)

    monkeypatch.setattr(RowReader, "read", noted)
    return read


def _shuffled(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, list[Mapping[str, str]]]:
    return {file: list(reversed(content)) for file, content in rows.items()}


def test_rows_that_did_not_change_are_not_read_whatever_their_order(
    sync: Sync, tmp_path: Path, read_lines: list[tuple[str, int]]
) -> None:
    sync(write(tmp_path / "1", base(30)))
    assert len(read_lines) == 91
    read_lines.clear()
    report = sync(write(tmp_path / "2", _shuffled(base(30)), sequence=2))
    assert read_lines == []
    assert report.tables["customers.csv"].unchanged == 30
    changed = base(30)
    changed["contacts.csv"][20] = contact("G21", value="nuovo@example.it")
    report = sync(write(tmp_path / "3", changed, sequence=3))
    assert read_lines == [("contacts.csv", 22)]
    assert report.tables["contacts.csv"].unchanged == 29


def test_a_row_in_quarantine_is_looked_at_again_though_it_did_not_change(sync: Sync, tmp_path: Path) -> None:
    rows = base(2)
    rows["contacts.csv"].append(contact("G9"))
    assert sync(write(tmp_path / "1", rows)).quarantined == 1
    assert sync(write(tmp_path / "2", rows, sequence=2)).quarantined == 1
    rows["customers.csv"].append(customer("G9"))
    report = sync(write(tmp_path / "3", rows, sequence=3))
    assert report.is_clean
    assert report.tables["contacts.csv"].inserted == 1


def test_rows_of_a_customer_who_left_are_refused_though_they_did_not_change_and_taken_when_the_customer_returns(
    sync: Sync, tmp_path: Path
) -> None:
    rows = base(30)
    sync(write(tmp_path / "1", rows))
    left = rows | {"customers.csv": rows["customers.csv"][1:]}
    report = sync(write(tmp_path / "2", left, sequence=2))
    assert {file: counts.quarantined for file, counts in report.tables.items() if counts.quarantined} == {
        "contacts.csv": 1,
        "policies.csv": 1,
    }
    assert sync(write(tmp_path / "3", rows, sequence=3)).is_clean


def test_what_hung_on_a_policy_that_left_comes_back_with_it(sync: Sync, engine: Engine, tmp_path: Path) -> None:
    rows = base(30)
    rows["insured_persons.csv"] = [{"policy_number": "P1", "full_name": "Anna Rossi"}]
    sync(write(tmp_path / "1", rows))
    sync(write(tmp_path / "2", {"policies.csv": [policy("P1", deleted="1")]}, sequence=2, mode="delta"))
    report = sync(write(tmp_path / "3", rows, sequence=3))
    assert report.is_clean
    assert report.tables["insured_persons.csv"].inserted == 1


def test_a_code_with_a_tab_beside_it_is_not_the_code(sync: Sync, engine: Engine, tmp_path: Path) -> None:
    rows = base(2)
    rows["customers.csv"][1] = customer("\tG1", last_name="Bianchi")
    rows["contacts.csv"][1] = contact(" G1 ", value="mario2@example.it")
    report = sync(write(tmp_path / "1", rows))
    assert [(one.file, one.field, one.reason) for one in report.reasons] == [
        ("customers.csv", "customer_code", "malformed"),
        ("policies.csv", "customer_code", "unknown_customer"),
    ]
    with Session(engine) as session:
        assert session.scalars(select(CustomerContact.customer_code)).all() == ["G1", "G1"]


def test_an_agency_in_use_stays_and_goes_with_its_last_customer(sync: Sync, tmp_path: Path) -> None:
    rows = base(2)
    rows["agencies.csv"].append(agency("G002"))
    rows["customers.csv"][1] = customer("G2", agency_code="G002")
    sync(write(tmp_path / "1", rows))
    rows["agencies.csv"].pop()
    assert sync(write(tmp_path / "2", rows, sequence=2)).tables["agencies.csv"].removed == 0
    rows["customers.csv"][1] = customer("G2")
    assert sync(write(tmp_path / "3", rows, sequence=3), allow_removals=True).tables["agencies.csv"].removed == 1


@pytest.mark.parametrize("loss", ["other_rules", "no_folder", "torn_folder", "other_state", "asked_for"])
def test_without_an_accepted_state_to_believe_every_row_is_read_again(
    loss: str, sync: Sync, engine: Engine, tmp_path: Path, read_lines: list[tuple[str, int]]
) -> None:
    sync(write(tmp_path / "1", base(3)))
    read_lines.clear()
    states = tmp_path / "accepted"
    if loss == "other_rules":
        manifest = next(states.glob("*/state.json"))
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"rules": "others"}))
    elif loss == "no_folder":
        shutil.rmtree(states)
    elif loss == "torn_folder":
        next(states.glob("*/contacts.digests.parquet")).unlink()
    elif loss == "other_state":
        # A backup of the directory: it names a state that is no longer there.
        with Session(engine) as session:
            session.get_one(Delivery, 1).accepted_state = "0" * 32
            session.commit()
    report = sync(write(tmp_path / "2", base(2), sequence=2), reread=loss == "asked_for", allow_removals=True)
    assert len(read_lines) == 7
    assert report.tables["customers.csv"].removed == 1
    read_lines.clear()
    sync(write(tmp_path / "3", base(2), sequence=3))
    assert read_lines == []


def test_a_crash_before_the_commit_leaves_the_state_of_before(
    sync: Sync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_lines: list[tuple[str, int]]
) -> None:
    sync(write(tmp_path / "1", base(30)))
    changed = base(30)
    changed["customers.csv"][4] = customer("G5", last_name="Bianchi")
    folder = write(tmp_path / "2", changed, sequence=2)
    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sync(folder)
    assert len(list((tmp_path / "accepted").iterdir())) == 2
    read_lines.clear()
    assert sync(folder).tables["customers.csv"].updated == 1
    assert read_lines == [("customers.csv", 6)]
    assert len(list((tmp_path / "accepted").iterdir())) == 1


def test_the_accepted_state_is_its_owners_alone_and_holds_no_contact(sync: Sync, tmp_path: Path) -> None:
    sync(write(tmp_path / "1", base(3)))
    files = [path for path in (tmp_path / "accepted").rglob("*") if path.is_file()]
    assert len(files) == 19
    assert not any(b"mario" in path.read_bytes().lower() for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files if path.name != "state.json")
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in files)


class _Accounts:
    """Where records are pushed."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}

    def upsert(self, brand: str, records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:
        self.records |= {record["customer_code"]: dict(record) for record in records}
        return [RecordResult(record["customer_code"], "updated", None) for record in records]


class _Installation:
    """A directory and its accounts, and deliveries brought to them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.accounts = _Accounts()
        self._folder = folder
        self._engine = open_engine(url)
        self._run = SyncRun(
            self._engine, self.accounts, BRANDS, _WHEN, AcceptedStates(folder / "accepted"), MOBILE_HOLD
        )

    def sync(self, rows: Mapping[str, Any], sequence: int, mode: str = "full", *, reread: bool = False) -> None:
        folder = write(self._folder / str(sequence), rows, sequence=sequence, mode=mode)
        with closing(Quarantine(None)) as quarantine:
            self._run.run(open_delivery(folder), quarantine, SyncOptions(allow_removals=True, reread=reread))

    def content(self) -> dict[str, Any]:
        """All rows of the feed's tables, but for what says when and whether they were told on."""
        skipped = {"directory_deliveries", "directory_runs"}
        with self._engine.connect() as connection:
            return {
                table.name: sorted(connection.execute(select(table)).all(), key=repr)
                for table in Base.metadata.sorted_tables
                if table.name not in skipped
            }

    def close(self) -> None:
        self._engine.dispose()


_State = dict[str, dict[tuple[str, ...], dict[str, str]]]


@st.composite
def _states(draw: st.DrawFn) -> _State:
    """All rows of a full delivery by file and row key; some of their values are refused."""
    rows: _State = {file: {} for file in TABLES}
    rows["agencies.csv"]["G001",] = agency()
    for code in draw(st.sets(st.sampled_from(["G1", "G2", "G3"]))):
        tax = draw(st.sampled_from(["RSSMRA80A01H501U", "", "NONSENSE"]))
        rows["customers.csv"][code,] = customer(
            code, last_name=draw(st.sampled_from(["Rossi", "Bian\nchi"])), tax_code=tax
        )
        for value in draw(st.sets(st.sampled_from(["a@example.it", "A@Example.it ", "b@example.it", "@"]))):
            certified = draw(st.sampled_from(["0", "1", "x"]))
            rows["contacts.csv"][code, value.strip().lower()] = contact(code, value=value, certified=certified)
        for number in draw(st.sets(st.sampled_from([f"{code}-1", f"{code}-2"]))):
            status = draw(st.sampled_from(["active", "ceased", "?"]))
            rows["policies.csv"][number,] = policy(number, code, status=status)
            for name in draw(st.sets(st.sampled_from(["Anna Rossi", "Ugo Rossi"]))):
                insured = {"policy_number": number, "full_name": name, "customer_code": "", "family_of": ""}
                rows["insured_persons.csv"][number, name] = insured
    return rows


def _between(before: _State, after: _State) -> dict[str, list[dict[str, str]]]:
    """The delta from one to the other; what hangs on a customer or a policy is told again with it."""
    delta: dict[str, list[dict[str, str]]] = {}
    told: set[tuple[str, str]] = set()
    for file, table in TABLES.items():
        changed = []
        for key, row in after[file].items():
            on = {(parent, row.get(column, "")) for column, parent in table.references.items()}
            if before[file].get(key) != row or on & told:
                changed.append(row)
                told.add((file, key[0]))
        gone = [row | {"deleted": "1"} for key, row in before[file].items() if key not in after[file]]
        delta[file] = changed + gone
    return delta


def _full(state: _State) -> dict[str, list[dict[str, str]]]:
    return {file: list(rows.values()) for file, rows in state.items()}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_states(), min_size=2, max_size=3))
def test_full_deliveries_and_deltas_end_in_the_same_state_whatever_was_compared(
    history: list[_State], databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def installation(name: str) -> _Installation:
        return _Installation(databases(upgrade), tmp_path_factory.mktemp(name))

    with (
        closing(installation("compared")) as compared,
        closing(installation("reread")) as reread,
        closing(installation("deltas")) as deltas,
    ):
        for sequence, state in enumerate(history, 1):
            compared.sync(_full(state), sequence)
            reread.sync(_full(state), sequence, reread=True)
            if sequence == 1:
                deltas.sync(_full(state), sequence)
            else:
                deltas.sync(_between(history[sequence - 2], state), sequence, "delta")
            assert compared.content() == reread.content() == deltas.content()
        # A full delivery after the deltas finds nothing that they left behind.
        deltas.sync(_full(history[-1]), len(history) + 1)
        assert deltas.content() == compared.content()
        assert compared.accounts.records == reread.accounts.records == deltas.accounts.records
