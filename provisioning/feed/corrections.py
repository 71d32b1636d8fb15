"""Corrected quarantine files as deliveries: the rows that an operator put right, to be taken in after all."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from provisioning.errors import RefusedError
from provisioning.feed.files import table_of
from provisioning.feed.manifest import MANIFEST, SCHEMA_VERSION, Mode
from provisioning.feed.quarantine import COLUMNS
from provisioning.feed.tables import DELETED, TABLES, Table


def write_corrections(corrected: Path, folder: Path, *, sequence: int, now: datetime) -> None:
    """Write a delta of the rows of a quarantine file into a folder, under the sequence that they were delivered with.

    A row that was torn holds its whole text as `{"row": "..."}` and is split anew. Raises `RefusedError` naming the
    line of the quarantine file.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    for file, row in _read(corrected):
        rows.setdefault(file, []).append(row)
    folder.mkdir(mode=0o700, parents=True)
    files = []
    for file in (name for name in TABLES if name in rows):
        path = folder / file
        with path.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, (*TABLES[file].columns, DELETED), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[file])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files.append({"name": file, "rows": len(rows[file]), "sha256": digest})
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "sequence": sequence,
        "mode": Mode.DELTA.value,
        "generated_at": now.isoformat(),
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def _read(corrected: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with corrected.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise RefusedError(
                    "corrections_malformed", f"{corrected.name} is no quarantine file: its columns are not the same."
                )
            for entry in reader:
                yield _row(corrected, reader.line_num, entry)
        except (csv.Error, UnicodeDecodeError):
            raise _wrong(corrected, reader.line_num, "cannot be read") from None


def _row(corrected: Path, line: int, entry: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    found = table_of(entry["file"] or "")
    if found is None or found[0] not in TABLES:
        raise _wrong(corrected, line, "names a file the feed does not have")
    table = TABLES[found[0]]
    try:
        row = json.loads(entry["row"])
    except (TypeError, ValueError):
        raise _wrong(corrected, line, "holds a row that is no JSON") from None
    if not isinstance(row, dict) or not all(isinstance(cell, str) for cell in row.values()):
        raise _wrong(corrected, line, "holds a row that is no object of texts")
    if set(row) == {"row"}:
        row = _split(row["row"], table)
    row = {DELETED: "0"} | row
    if set(row) != {*table.columns, DELETED}:
        raise _wrong(corrected, line, f"holds a row without exactly the columns of {table.file}")
    return table.file, row


def _split(text: str, table: Table) -> dict[str, str]:
    cells = next(csv.reader([text]), [])
    names = (*table.columns, DELETED)[: len(cells)]
    return dict(zip(names, cells, strict=False))


def _wrong(corrected: Path, line: int, what: str) -> RefusedError:
    return RefusedError("corrections_malformed", f"{corrected.name} line {line} {what}.")
