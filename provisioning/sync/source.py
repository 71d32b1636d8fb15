"""A delivered file as a relation of texts that DuckDB reads, whatever it was written as.

Columns: `line` (of the file, where the row ends, from 1; the row's number in Parquet), `fault`, `field` and `whole` of
a damaged row (empty otherwise), `grp` (the first column of the row key, without spaces around it), and the table's own,
escaped as `provisioning.feed.tidy` writes them.
"""

from __future__ import annotations

import re

import duckdb

from provisioning.errors import RefusedError
from provisioning.feed.files import CsvLayout, DeliveredFile, Packing, read_header
from provisioning.feed.tables import DELETED, Table
from provisioning.feed.tidy import write_tidy
from provisioning.sync.workspace import Workspace, literal

FIRST_LINE = 2
"""Of the rows of a CSV file: its header is before them."""
_FAULTS = ("line", "fault", "field", "whole")
# Cells are texts of any length, and no text means NULL.
_CSV = "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\x01\x02\x01'"
_PLAIN_TYPES = re.compile(r"VARCHAR|BOOLEAN|DATE|U?(TINY|SMALL|BIG)INT|U?INTEGER|U?HUGEINT|FLOAT|DOUBLE|DECIMAL\(.*")


class Source:
    """A file on its way in; `columns` are the table's, with `deleted` in a delta, `is_escaped` whether cells may be."""

    def __init__(self, workspace: Workspace, file: DeliveredFile, table: Table, *, delta: bool) -> None:
        self.file = file
        self.columns = self.columns_of(table, delta=delta)
        self._workspace = workspace
        self._group = table.group_column
        self.is_escaped = file.packing is Packing.PARQUET
        if file.packing is Packing.PARQUET:
            self._plain, self._numbered = self._parquet()
        else:
            self._header = read_header(file.path, file.packing)
            self._check(self._header)
            layout = file.layout or CsvLayout(file.rows, None)
            if layout.line_end is None:
                self.tidy()
            else:
                self._plain, self._numbered = self._csv(layout.line_end)

    @staticmethod
    def columns_of(table: Table, *, delta: bool) -> tuple[str, ...]:
        """The columns a file of this table must have."""
        return (*table.columns, DELETED) if delta else table.columns

    @property
    def is_numbered_slowly(self) -> bool:
        """Whether reading the lines, too, keeps from reading in parallel."""
        return self._plain != self._numbered

    @property
    def relation(self) -> str:
        """A subquery with all columns but perhaps `line`."""
        return self._plain

    @property
    def numbered(self) -> str:
        """A subquery with all columns."""
        return self._numbered

    def tidy(self) -> None:
        """Read a copy instead: for what turns out not to be readable by machine."""
        copy = self._workspace.path("tidy")
        write_tidy(self.file, copy, len(self._header))
        names = (*_FAULTS, *self._header)
        typed = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        read = f"read_csv({literal(copy)}, {_CSV}, new_line = '\\n', columns = {{{typed}}})"
        index = "".join(f" WHEN '{i}' THEN {literal(name)}" for i, name in enumerate(self._header))
        shaped = (
            f"SELECT line::BIGINT AS line, fault, CASE field{index} ELSE '' END AS field, whole, "
            f"{self._group_of(self._group)}, {self._cells(self._columns_as_they_are())} FROM {read}"
        )
        self._plain = self._numbered = f"({shaped})"
        self.is_escaped = True

    def _csv(self, line_end: str) -> tuple[str, str]:
        escaped = line_end.replace("\r", "\\r").replace("\n", "\\n")
        typed = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self._header)
        read = (
            f"read_csv({literal(self.file.path)}, {_CSV}, skip = 1, new_line = '{escaped}', "
            f"compression = '{self.file.packing.compression}', columns = {{{typed}}})"
        )
        shaped = (
            f"'' AS fault, '' AS field, '' AS whole, {self._group_of(self._group)}, "
            f"{self._cells(self._columns_as_they_are())}"
        )
        return (
            f"(SELECT {shaped} FROM {read})",
            f"(SELECT row_number() OVER () + {FIRST_LINE - 1} AS line, {shaped} FROM {read})",
        )

    def _parquet(self) -> tuple[str, str]:
        read = f"read_parquet({literal(self.file.path)}, file_row_number = true)"
        try:
            described = [row for rows in self._workspace.rows(f"DESCRIBE SELECT * FROM {read}", 100) for row in rows]
        except duckdb.Error:
            raise RefusedError("parquet_malformed", f"{self.file.name} is not a Parquet file.") from None
        types = {str(name): str(kind) for name, kind, *_ in described if name != "file_row_number"}
        self._header = list(types)
        self._check(self._header)
        cells = {name: self._text_of(name, kind) for name, kind in types.items()}
        control = " OR ".join(f"contains({cell}, '\x1f') OR contains({cell}, chr(0))" for cell in cells.values())
        group = cells[self._group]
        shaped = (
            f"CASE WHEN {control} THEN 'control_character' ELSE '' END AS fault, '' AS field, '' AS whole, "
            f"trim({group}) AS grp, {self._cells({name: _escaped(cells[name]) for name in cells})}"
        )
        text = f"SELECT file_row_number + 1 AS line, {shaped} FROM {read}"
        return f"({text})", f"({text})"

    def _text_of(self, name: str, kind: str) -> str:
        column = _quoted(name)
        if kind == "BOOLEAN":
            return f"coalesce({column}::INTEGER::VARCHAR, '')"
        if kind == "TIMESTAMP WITH TIME ZONE":
            # In UTC, whatever the zone of this machine.
            moment = f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f')"
            return f"coalesce({moment} || 'Z', '')"
        if not _PLAIN_TYPES.fullmatch(kind):
            raise RefusedError("column_type_wrong", f"{self.file.name} has a column {name} that is no text or number.")
        return f"coalesce({column}::VARCHAR, '')"

    def _columns_as_they_are(self) -> dict[str, str]:
        return {name: _quoted(name) for name in self._header}

    def _cells(self, cells: dict[str, str]) -> str:
        return ", ".join(f"{cells[name]} AS {_quoted(name)}" for name in self.columns)

    def _group_of(self, name: str) -> str:
        return f"trim({_quoted(name)}) AS grp"

    def _check(self, header: list[str]) -> None:
        unknown = sorted(set(header) - set(self.columns))
        missing = [name for name in self.columns if name not in header]
        if not unknown and not missing and len(header) == len(self.columns):
            return
        # Names of unknown columns are not repeated: a file without header would show its first row.
        what = f"lacks {', '.join(missing)}" if missing else "has a column too many"
        raise RefusedError(
            "header_wrong", f"{self.file.name} line 1 {what}; the columns are {', '.join(self.columns)}."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(cell: str) -> str:
    for raw, written in (("'\\'", "'\\\\'"), ("chr(10)", "'\\n'"), ("chr(13)", "'\\r'"), ("chr(0)", "'\\0'")):
        cell = f"replace({cell}, {raw}, {written})"
    return f"replace({cell}, chr(31), '\\u')"
