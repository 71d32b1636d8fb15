"""Reads a row: valid and canonical, or quarantined with the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from provisioning.feed.rows import InvalidRow, Row, RowParser
from provisioning.feed.tables import DELETED, Table


@dataclass(slots=True)
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


@dataclass(slots=True)
class GoodRow:
    """A valid row: its row key and the directory's columns; for a deletion those of the key alone."""

    raw: RawRow
    key: str = dataclass_field(repr=False)
    columns: dict[str, Any] = dataclass_field(repr=False)
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
    """Reads the rows of one file; `columns` names the cells of its rows: the table's, with `deleted` in a delta."""

    def __init__(self, table: Table, name: str, columns: tuple[str, ...], brands: Collection[str]) -> None:
        self.name = name
        self._columns = columns
        self._width = len(table.columns)
        self._group = table.group_column
        self._parser = RowParser(table.rules, brands)

    def read(self, rows: Sequence[RawRow]) -> list[GoodRow | BadRow]:
        """Validate rows."""
        parsed = iter(self._parser.rows([row.cells[: self._width] for row in rows if self._is_whole(row)]))
        return [self._settled(row, next(parsed)) if self._is_whole(row) else self._odd(row) for row in rows]

    def _is_whole(self, row: RawRow) -> bool:
        """Whether the row says what should be there: it is not torn and no deletion."""
        return not row.fault and (len(row.cells) == self._width or row.cells[self._width] == "0")

    def _odd(self, row: RawRow) -> GoodRow | BadRow:
        if row.fault:
            return self._bad(row, row.field, row.fault)
        if row.cells[self._width] != "1":
            return self._bad(row, DELETED, "flag_malformed", self._key(row))
        return self._settled(row, self._parser.key(row.cells[: self._width]), deleted=True)

    def _settled(self, row: RawRow, parsed: Row | InvalidRow, *, deleted: bool = False) -> GoodRow | BadRow:
        if isinstance(parsed, InvalidRow):
            return self._bad(row, parsed.field, parsed.reason, self._key(row))
        if parsed.columns[self._group] != row.group:
            # Blanks around a code that are no spaces: its group would be taken for another's.
            return self._bad(row, self._group, "malformed")
        return GoodRow(row, parsed.key, parsed.columns, deleted)

    def bad(self, row: GoodRow, column: str, reason: str) -> BadRow:
        """The same row, refused after all."""
        return self._bad(row.raw, column, reason)

    def _bad(self, row: RawRow, column: str, reason: str, key: str = "") -> BadRow:
        raw = {"row": row.whole} if row.whole else dict(zip(self._columns, row.cells, strict=True))
        return BadRow(self.name, row.line, column, reason, raw, key)

    def _key(self, row: RawRow) -> str:
        parsed = self._parser.key(row.cells[: self._width])
        return parsed.key if isinstance(parsed, Row) else ""
