"""Reads the rows of a file one by one: valid and canonical, or quarantined with the reason."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

from pydantic import ValidationError

from provisioning.errors import RefusedError
from provisioning.feed.rows import Row
from provisioning.feed.tables import Table

DELETED = "deleted"
_UNDECODABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A valid row; for a deletion `row` is the key alone. `line` is where the row ends in the file, from 1."""

    line: int
    raw: Mapping[str, str] = dataclass_field(repr=False)
    row: Row = dataclass_field(repr=False)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that goes to quarantine; `field` is empty when the whole row is meant, `key` when it cannot be told."""

    file: str
    line: int
    field: str
    reason: str
    raw: Mapping[str, str] = dataclass_field(repr=False)
    key: str = dataclass_field(default="", repr=False)


def read_rows(table: Table, path: Path, *, delta: bool, brands: Collection[str]) -> Iterator[GoodRow | BadRow]:
    """Yield every row of a file; raises `RefusedError` when the header is not the contract's."""
    columns = (*table.columns, DELETED) if delta else table.columns
    context: dict[str, object] = {"brands": frozenset(brands)}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            header = next(reader, [])
            if sorted(header) != sorted(columns):
                raise RefusedError("header_wrong", f"{table.file} must have the columns {', '.join(columns)}.")
            for cells in reader:
                if cells:
                    yield _read(table, header, cells, reader.line_num, context)
        except csv.Error as error:
            raise RefusedError(
                "csv_malformed", f"{table.file} is broken at line {reader.line_num}: {error}."
            ) from error


def _read(table: Table, header: list[str], cells: list[str], line: int, context: dict[str, object]) -> GoodRow | BadRow:
    if len(cells) != len(header):
        return BadRow(table.file, line, "", "column_count_wrong", {"row": ",".join(cells)})
    raw = dict(zip(header, cells, strict=True))
    for name, cell in raw.items():
        if _UNDECODABLE in cell or "\0" in cell:
            return BadRow(table.file, line, name, "not_utf8", raw)
    deleted = raw.get(DELETED, "0")
    if deleted not in ("0", "1"):
        return BadRow(table.file, line, DELETED, "flag_malformed", raw, _key(table, raw))
    model = table.key if deleted == "1" else table.row
    wanted = table.key.model_fields if deleted == "1" else table.columns
    try:
        row = model.model_validate({name: raw[name] for name in wanted}, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = str(first["loc"][0]) if first["loc"] else ""
        return BadRow(table.file, line, place, _reason(first["type"], first.get("ctx")), raw, _key(table, raw))
    return GoodRow(line, raw, row, deleted == "1")


def _reason(kind: str, context: Mapping[str, object] | None) -> str:
    if kind == "feed" and context:
        return str(context["reason"])
    return {
        "string_pattern_mismatch": "malformed",
        "string_too_short": "missing",
        "string_too_long": "too_long",
        "literal_error": "not_one_of_the_allowed",
        "enum": "not_one_of_the_allowed",
    }.get(kind, kind)


def _key(table: Table, raw: Mapping[str, str]) -> str:
    try:
        return table.key.model_validate({name: raw[name] for name in table.key.model_fields}).key
    except ValidationError:
        return ""
