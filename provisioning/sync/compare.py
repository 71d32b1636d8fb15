"""What of a delivered file has to be looked at: found set-wise, by digests, before any row is read.

Rows are compared in groups that share the first column of their key. A group is looked at when its rows are not those
of the accepted state, when a row of it could not be used last time, or when something it refers to went.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from provisioning.feed.reader import RawRow
from provisioning.feed.tidy import plain
from provisioning.sync.accepted import AcceptedFile
from provisioning.sync.source import FIRST_LINE, Source
from provisioning.sync.workspace import Workspace, literal

_CHUNK = 5000
_PARQUET = "(FORMAT parquet, COMPRESSION lz4_raw)"


class Digests(NamedTuple):
    """Where the digests of a file's rows are, in the file's order, and with what they are salted."""

    path: Path
    salt: str


def digests_of(workspace: Workspace, source: Source, salt: str, accepted: AcceptedFile | None) -> Digests:
    """Write the digests of a file's rows, unless they are those of the accepted state."""
    if accepted is not None and accepted.sha256 == source.file.sha256:
        return Digests(accepted.digests, salt)
    digests = Digests(workspace.path("digests"), salt)
    try:
        _write_digests(workspace, source, digests)
    except duckdb.InvalidInputException:
        # Its text shows rows. What no machine reads is read row by row, which finds the row.
        digests.path.unlink(missing_ok=True)
        source.tidy()
        _write_digests(workspace, source, digests)
    return digests


class FileComparison:
    """One file of a full delivery, with its digests, beside the accepted state (None: all has to be looked at)."""

    def __init__(
        self,
        workspace: Workspace,
        source: Source,
        digests: Digests,
        accepted: AcceptedFile | None,
        forced: Collection[str],
    ) -> None:
        self._workspace = workspace
        self._source = source
        self._digests = digests
        self._affected = None if accepted is None else self._affected_groups(accepted, forced)

    def rows(self) -> Iterator[list[RawRow]]:
        """Yield the rows to look at, never part of a group only, each chunk some hundred rows at least."""
        if self._affected is None:
            yield from rows_of(self._workspace, self._source)
        elif self._workspace.one(f"SELECT count(*) FROM {self._affected}") != (0,):
            yield from rows_of(self._workspace, self._source, self._affected_rows)

    def gone(self, stored: Iterable[str]) -> Iterator[list[str]]:
        """Yield groups that the file no longer has; `stored`, all those of the directory, is read only where needed."""
        candidates = self._affected or self._workspace.table_of_texts(stored)
        yield from _texts(
            self._workspace,
            f"SELECT grp FROM {candidates} ANTI JOIN (SELECT grp FROM {_parquet(self._digests.path)} "
            f"SEMI JOIN {candidates} USING (grp)) USING (grp)",
        )

    def _affected_groups(self, accepted: AcceptedFile, forced: Collection[str]) -> str:
        new, old = _parquet(self._digests.path, "new"), _parquet(accepted.digests, "old")
        parts = [f"SELECT grp FROM {_parquet(accepted.still_open)}"]
        if forced:
            parts.append(f"SELECT grp FROM {self._workspace.table_of_texts(forced)}")
        if self._digests.path != accepted.digests and self._sum(new) != self._sum(old):
            parts.append(f"SELECT grp FROM {new} ANTI JOIN {old} USING (h1, h2)")
            parts.append(f"SELECT grp FROM {old} ANTI JOIN {new} USING (h1, h2)")
        table = self._workspace.name("affected")
        self._workspace.run(f"CREATE TABLE {table} AS SELECT DISTINCT grp FROM ({' UNION ALL '.join(parts)})")
        return table

    def _affected_rows(self) -> str:
        """The rows of the affected groups with their lines, as a query."""
        source, affected = self._source, f"SEMI JOIN {self._affected} USING (grp)"
        if not source.is_numbered_slowly:
            return f"SELECT * FROM {source.numbered} {affected}"
        # The digests know the lines: theirs is the order of the file. Equal rows have one digest, and any of its lines.
        nth = "row_number() OVER (PARTITION BY h1, h2) AS nth"
        lines = (
            f"SELECT file_row_number + {FIRST_LINE} AS line, h1, h2, {nth} "
            f"FROM read_parquet({literal(self._digests.path)}, file_row_number = true) {affected}"
        )
        rows = (
            f"SELECT *, {nth} FROM (SELECT *, {_digest(source, self._digests.salt)} FROM {source.relation} {affected})"
        )
        return f"SELECT * FROM ({rows}) LEFT JOIN ({lines}) USING (h1, h2, nth)"

    def _sum(self, digests: str) -> tuple[object, ...]:
        """Equal for the same rows in another order, and for no others."""
        return self._workspace.one(f"SELECT count(*), sum(h1::HUGEINT), sum(h2::HUGEINT) FROM {digests}")


def _write_digests(workspace: Workspace, source: Source, digests: Digests) -> None:
    workspace.run(
        f"COPY (SELECT grp, {_digest(source, digests.salt)} FROM {source.relation}) "
        f"TO {literal(digests.path)} {_PARQUET}"
    )


def _digest(source: Source, salt: str) -> str:
    """The two halves of a row's digest, `h1` and `h2`."""
    cells = ", ".join(f'"{name}"' for name in source.columns)
    # No cell holds the separator: `tidy` sees to it.
    digest = f"md5_number(concat_ws(chr(31), {literal(salt)}, fault, {cells}))"
    return f"({digest} >> 64)::UBIGINT AS h1, ({digest} & 18446744073709551615)::UBIGINT AS h2"


def rows_of(workspace: Workspace, source: Source, query: Callable[[], str] | None = None) -> Iterator[list[RawRow]]:
    """Yield the rows of a file, or of a query about it only, group by group and in the file's order."""
    asked = query or (lambda: f"SELECT * FROM {source.numbered}")
    try:
        yield from _grouped(workspace, source, asked())
    except duckdb.InvalidInputException:
        # It shows before the first row, because all have to be there to be put in order; its text shows rows.
        source.tidy()
        yield from _grouped(workspace, source, asked())


def _grouped(workspace: Workspace, source: Source, asked: str) -> Iterator[list[RawRow]]:
    cells = ", ".join(f'"{name}"' for name in source.columns)
    query = f"SELECT line, grp, fault, field, whole, {cells} FROM ({asked}) ORDER BY grp, line"
    waiting: list[RawRow] = []
    for found in workspace.rows(query, _CHUNK):
        for line, group, fault, field, whole, *cells_of_row in found:
            if len(waiting) >= _CHUNK and (waiting[-1].group != group or not group):
                yield waiting
                waiting = []
            written = tuple(map(plain, cells_of_row) if source.is_escaped else cells_of_row)
            waiting.append(RawRow(line, group, written, fault, field, plain(whole)))
    if waiting:
        yield waiting


def write_groups(workspace: Workspace, groups: Iterable[str], kept: Path | None = None) -> Path:
    """Write groups, and those of another such file, as `<table>.open.parquet` holds them; return the path."""
    table, target = workspace.table_of_texts(groups), workspace.path("open")
    more = "" if kept is None else f" UNION SELECT grp FROM {_parquet(kept)}"
    workspace.run(f"COPY (SELECT grp FROM {table}{more}) TO {literal(target)} {_PARQUET}")
    workspace.drop(table)
    return target


def _texts(workspace: Workspace, query: str) -> Iterator[list[str]]:
    for rows in workspace.rows(query, _CHUNK):
        yield [row[0] for row in rows]


def _parquet(path: Path, name: str = "held") -> str:
    # With a name of its own, or a join that follows would be taken for one.
    return f"read_parquet({literal(path)}) AS {name}"
