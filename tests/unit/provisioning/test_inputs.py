"""The forms a file of the feed may have: the same rows and lines whatever it was written as, or one clear refusal."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import duckdb
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.errors import RefusedError
from provisioning.feed.files import DeliveredFile, Packing, digest_of, layout_of, table_of
from provisioning.feed.reader import RawRow
from provisioning.feed.tables import TABLES
from provisioning.sync.accepted import AcceptedFile
from provisioning.sync.compare import FileComparison, digests_of, rows_of, write_groups
from provisioning.sync.source import Source
from provisioning.sync.workspace import Workspace, open_workspace

INSURED = TABLES["insured_persons.csv"]
HEADER = ",".join(INSURED.columns)
PLAIN = f"{HEADER}\nP2,,Anna Rossi,\nP1,G1,Ugo Neri,G1\n"
PLAIN_ROWS = [(3, ("P1", "G1", "Ugo Neri", "G1")), (2, ("P2", "", "Anna Rossi", ""))]


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with open_workspace() as opened:
        yield opened


Read = Callable[..., list[RawRow]]


@pytest.fixture
def read(workspace: Workspace, tmp_path: Path) -> Read:
    def all_rows(content: bytes, name: str = "insured_persons.csv", rows: int = 2) -> list[RawRow]:
        path = tmp_path / name
        path.write_bytes(content)
        found = table_of(name)
        assert found is not None
        table, packing = found
        layout = None if name.endswith(".parquet") else layout_of(path, packing, rows)
        file = DeliveredFile(table, path, packing, rows, digest_of(path), layout)
        source = Source(workspace, file, TABLES[table], delta=False)
        whole = [row for chunk in rows_of(workspace, source) for row in chunk]
        assert _only(workspace, source, {row.group for row in whole}) == whole
        return whole

    return all_rows


def _only(workspace: Workspace, source: Source, groups: Collection[str]) -> list[RawRow]:
    """The rows of some groups, as they are read when the rest of the file is that of the last delivery."""
    digests = digests_of(workspace, source, "salt", None)
    known = AcceptedFile(digests.path, write_groups(workspace, groups), "")
    comparison = FileComparison(workspace, source, digests, known, ())
    return [row for chunk in comparison.rows() for row in chunk]


def _parquet(select: str, path: Path) -> bytes:
    duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (".csv", PLAIN.encode()),
        (".csv", PLAIN.encode("utf-8-sig")),
        (".csv", PLAIN.replace("\n", "\r\n").encode()),
        (".csv", PLAIN.removesuffix("\n").encode()),
        (".csv", PLAIN.replace("Ugo Neri", '"Ugo Neri"').encode()),
        (".csv.gz", gzip.compress(PLAIN.encode(), mtime=0)),
        (".csv.zst", zstandard.compress(PLAIN.encode())),
        (".csv", b"full_name,policy_number,customer_code,family_of\nAnna Rossi,P2,,\nUgo Neri,P1,G1,G1\n"),
    ],
    ids=["plain", "byte order mark", "windows", "unfinished", "quoted", "gzip", "zstandard", "other column order"],
)
def test_the_same_rows_are_read_from_every_form(read: Read, name: str, written: bytes) -> None:
    rows = read(written, f"insured_persons{name}")
    assert [(row.line, row.cells) for row in rows] == PLAIN_ROWS
    assert all(not row.fault for row in rows)


def test_lines_are_those_of_the_file_where_rows_have_several(read: Read) -> None:
    rows = read(f'{HEADER}\n\nP1,,"Anna\nRossi",\nP2,,Ugo Neri,\n'.encode())
    assert [(row.line, row.cells[2]) for row in rows] == [(4, "Anna\nRossi"), (5, "Ugo Neri")]


def test_parquet_is_read_with_the_types_of_the_feed(workspace: Workspace, tmp_path: Path) -> None:
    table = TABLES["policies.csv"]
    typed = {
        "effective_on": "DATE '2025-01-01'",
        "expires_on": "NULL::DATE",
        "premium_eur": "120.50::DECIMAL(9,2)",
        "direct_debit": "true",
        "additional_payment": "0",
    }
    columns = ", ".join(f"{typed.get(name, repr(name))} AS {name}" for name in table.columns)
    path = tmp_path / "policies.parquet"
    _parquet(f"SELECT {columns}", path)
    file = DeliveredFile(table.file, path, table_of(path.name)[1], 1, digest_of(path), None)  # type: ignore[index]
    (row,) = next(rows_of(workspace, Source(workspace, file, table, delta=False)))
    cells = dict(zip(table.columns, row.cells, strict=True))
    assert row.line == 1
    assert [cells[name] for name in typed] == ["2025-01-01", "", "120.50", "1", "0"]


def test_moments_of_parquet_keep_their_zone(workspace: Workspace, tmp_path: Path) -> None:
    table = TABLES["contacts.csv"]
    when = "'2026-01-10 09:00:00+01'::TIMESTAMPTZ AS updated_at"
    columns = ", ".join(when if name == "updated_at" else f"'x' AS {name}" for name in table.columns)
    path = tmp_path / "contacts.parquet"
    _parquet(f"SELECT {columns}", path)
    file = DeliveredFile(table.file, path, table_of(path.name)[1], 1, digest_of(path), None)  # type: ignore[index]
    (row,) = next(rows_of(workspace, Source(workspace, file, table, delta=False)))
    assert row.cells[-1] == "2026-01-10T08:00:00.000000Z"


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        (".csv", PLAIN.encode("utf-16"), "encoding_wrong", "UTF-16"),
        (".csv", b"policy_number,full_name,family_of,x\nP1,Anna,,\n", "header_wrong", "line 1 lacks customer_code"),
        (".csv", f"{HEADER},surprise\nP1,,Anna,,\n".encode(), "header_wrong", "line 1 has a column too many"),
        (".csv", f'{HEADER}\nP1,,Anna,\nP2,,"Ugo,\n'.encode(), "csv_malformed", "broken at line 3"),
        (".csv.gz", gzip.compress(PLAIN.encode(), mtime=0)[:-12], "compression_broken", "cannot be unpacked"),
        (".csv.zst", b"no zstandard", "compression_broken", "cannot be unpacked"),
        (".csv.gz", gzip.compress(b"0" * 3_000_000, mtime=0), "file_too_large", "far larger than 2 rows"),
        (".parquet", b"no parquet", "parquet_malformed", "is not a Parquet file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_place(
    read: Read, name: str, content: bytes, code: str, words: str
) -> None:
    with pytest.raises(RefusedError, match=words) as refusal:
        read(content, f"insured_persons{name}")
    assert refusal.value.code == code
    assert f"insured_persons{name}" in str(refusal.value)


def test_a_parquet_column_that_is_a_list_is_refused(read: Read, tmp_path: Path) -> None:
    select = "SELECT ['P1'] AS policy_number, '' AS customer_code, 'Anna' AS full_name, '' AS family_of"
    with pytest.raises(RefusedError) as refusal:
        read(_parquet(select, tmp_path / "list.parquet"), "insured_persons.parquet", 1)
    assert refusal.value.code == "column_type_wrong"


def test_damaged_rows_are_told_with_line_and_field_and_the_others_are_read(read: Read) -> None:
    damaged = f"{HEADER}\nP1,,Nicol\xf2,\nP2,,Anna\nP3,,A\x1fb,\nP4,,Ugo Neri,\n".encode("latin-1")
    found = [(row.line, row.group, row.fault, row.field, row.whole) for row in read(damaged, rows=4)]
    assert found == [
        (2, "P1", "not_utf8", "full_name", ""),
        (3, "P2", "column_count_wrong", "", "P2,,Anna"),
        (4, "P3", "control_character", "full_name", ""),
        (5, "P4", "", "", ""),
    ]


_TEXT = st.text(st.sampled_from('ab1,",," \n\r\t\\;é\x1f\x00'), max_size=14)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_TEXT, max_size=5), end=st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_in_a_file_its_rows_are_those_of_a_plain_csv_reader(read: Read, lines: list[str], end: str) -> None:
    text = end.join([HEADER, *lines, ""])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    expected = []
    try:
        expected = [(reader.line_num, tuple(cells)) for cells in reader if cells][1:]
    except csv.Error:
        with pytest.raises(RefusedError, match="broken at line"):
            read(text.encode(), rows=len(expected))
        return
    found = {row.line: row for row in read(text.encode(), rows=len(expected))}
    assert len(found) == len(expected)
    for line, cells in expected:
        row = found[line]
        if row.fault != "column_count_wrong":
            assert row.cells == cells
        else:
            assert len(cells) != 4
            assert row.whole == ",".join(cells)


def test_rows_of_some_groups_have_their_lines_in_a_file_that_several_threads_read(
    workspace: Workspace, tmp_path: Path
) -> None:
    path, rows = tmp_path / "insured_persons.csv", 400_000
    # Every thousandth line is that of a few groups, some of whose rows are repeated word by word.
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{HEADER}\n")
        for row in range(rows):
            group = f"Q{row // 1000 % 7}" if row % 1000 == 0 else f"P{row}"
            file.write(f"{group},,Anna Maria Rossi {'x' * 60} {row // 3000},\n")
    layout = layout_of(path, Packing.PLAIN, rows)
    delivered = DeliveredFile(path.name, path, Packing.PLAIN, rows, digest_of(path), layout)
    source = Source(workspace, delivered, INSURED, delta=False)
    found = _only(workspace, source, {"Q3", "Q5"})
    with path.open(encoding="utf-8") as file:
        expected = [(n, line[:2]) for n, line in enumerate(file, 1) if line.startswith(("Q3", "Q5"))]
    assert [(row.line, row.group) for row in found] == sorted(expected, key=lambda one: (one[1], one[0]))
    assert len(found) > 100
    for row in found:
        assert row.cells[2].endswith(f" {(row.line - 2) // 3000}")
