"""Where deliveries are compared: DuckDB in memory, with a folder for what does not fit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from provisioning.errors import UnreachableError

SCRATCH = "scratch-"
_MEMORY = "512MB"
_BATCH = 50_000


class Workspace:
    """A database of the run's own, which threads may share; `folder` is the owner's alone and goes with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._duckdb = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "temp_directory": str(folder / "spill"),
                "threads": 2,
                # Digests are written in the order of their file.
                "preserve_insertion_order": True,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def name(self, kind: str) -> str:
        """Return a name for a table that nothing else has."""
        return f"{kind}_{next(self._numbers)}"

    def path(self, kind: str) -> Path:
        """Return a path in the folder where nothing lies yet."""
        return self.folder / self.name(kind)

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Carry out a statement; raises what `rows` does."""
        with _translated(), self._duckdb.cursor() as cursor:
            cursor.execute(statement, parameters)

    def one(self, statement: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        with _translated(), self._duckdb.cursor() as cursor:
            row = cursor.execute(statement).fetchone()
        assert row is not None  # noqa: S101 - an aggregate always has one
        return row

    def rows(self, statement: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query, some at a time; other statements may run in between.

        Raises `duckdb.InvalidInputException` where a file is not what it was read as, `UnreachableError` where
        memory or disk do not suffice.
        """
        with _translated(), self._duckdb.cursor() as cursor:
            cursor.execute(statement)
            while chunk := cursor.fetchmany(size):
                yield chunk

    def table_of_texts(self, texts: Iterable[str]) -> str:
        """Make a table with the column `grp` of these texts; return its name."""
        table = self.name("texts")
        self.run(f"CREATE TABLE {table} (grp VARCHAR)")
        batch: list[str] = []
        for text in texts:
            batch.append(text)
            if len(batch) == _BATCH:
                self._insert(table, batch)
                batch = []
        self._insert(table, batch)
        return table

    def drop(self, *tables: str) -> None:
        """Forget tables."""
        for table in tables:
            self.run(f"DROP TABLE {table}")

    def close(self) -> None:
        """Forget everything."""
        self._duckdb.close()

    def _insert(self, table: str, texts: Sequence[str]) -> None:
        if texts:
            self.run(f"INSERT INTO {table} SELECT unnest(?::VARCHAR[])", [texts])


def literal(text: object) -> str:
    """Return a text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


@contextmanager
def open_workspace(parent: Path | None = None) -> Iterator[Workspace]:
    """Open a workspace in a folder of its own below `parent`, or with the system's temporary files."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=parent) as folder:
        workspace = Workspace(Path(folder))
        try:
            yield workspace
        finally:
            workspace.close()


def clear_scratch(parent: Path) -> None:
    """Remove what killed runs left; the caller holds the run lock."""
    for folder in parent.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        # Their texts may show rows.
        raise UnreachableError(
            "scratch_failed", "The delivery could not be compared: memory or the disk for temporary files is full."
        ) from None
