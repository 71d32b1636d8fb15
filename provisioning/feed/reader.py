"""Reads a row: valid and canonical, or quarantined with the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from pydantic import ValidationError

from provisioning.feed.rows import Row
from provisioning.feed.tables import DELETED, Table


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as delivered.

    `line` is where it ends in the file, from 1; `group` the first column of its key, without spaces around it. A torn
    row has a `fault` (the reason), the `field` at fault if it is one, and its `whole` text if its cells do not fit the
    columns.
    """

    line: int
    group: str = dataclass_field(repr=False)
    cells: tuple[str, ...] = dataclass_field(repr=False)
    fault: str = ""
    field: str = ""
    whole: str = dataclass_field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A valid row; for a deletion `row` is the key alone."""

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


class RowReader:
    """Reads the rows of one file; `columns` names the cells of its rows."""

    def __init__(self, table: Table, name: str, columns: tuple[str, ...], brands: Collection[str]) -> None:
        self.name = name
        self._table = table
        self._columns = columns
        self._context: dict[str, object] = {"brands": frozenset(brands)}

    def read(self, row: RawRow) -> GoodRow | BadRow:
        """Validate a row."""
        if row.whole:
            return BadRow(self.name, row.line, row.field, row.fault, {"row": row.whole})
        raw = dict(zip(self._columns, row.cells, strict=True))
        if row.fault:
            return BadRow(self.name, row.line, row.field, row.fault, raw)
        deleted = raw.get(DELETED, "0")
        if deleted not in ("0", "1"):
            return BadRow(self.name, row.line, DELETED, "flag_malformed", raw, self._key(raw))
        model = self._table.key if deleted == "1" else self._table.row
        wanted = self._table.key.model_fields if deleted == "1" else self._table.columns
        try:
            valid = model.model_validate({name: raw[name] for name in wanted}, context=self._context)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = str(first["loc"][0]) if first["loc"] else ""
            return BadRow(self.name, row.line, place, _reason(first["type"], first.get("ctx")), raw, self._key(raw))
        if getattr(valid, self._table.group_column) != row.group:
            # Blanks around a code that are no spaces: its group would be taken for another's.
            return BadRow(self.name, row.line, self._table.group_column, "malformed", raw)
        return GoodRow(row.line, raw, valid, deleted == "1")

    def bad(self, row: GoodRow, column: str, reason: str) -> BadRow:
        """The same row, refused after all."""
        return BadRow(self.name, row.line, column, reason, row.raw)

    def _key(self, raw: Mapping[str, str]) -> str:
        try:
            return self._table.key.model_validate({name: raw[name] for name in self._table.key.model_fields}).key
        except ValidationError:
            return ""


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
