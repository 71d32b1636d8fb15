"""Synthetic customers in directories of several sizes: the first N of one delivery, without its way over the disk.

The customers are those of `area-clienti feed generate`, each row is validated as the sync does it, and what is
written is what the sync would write; it comes faster, because an empty directory needs no comparing: by COPY on
PostgreSQL, by plain inserts on SQLite. Of a customer's rows only those are kept that deciding who registers reads.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, insert, make_url, text
from sqlalchemy.types import TypeDecorator

from provisioning.directory import open_engine, upgrade
from provisioning.feed.build import DeliveryBuilder
from provisioning.feed.generate import DEFAULT_DAY, SyntheticCustomers
from provisioning.feed.tables import TABLES, Table
from provisioning.feed.tax_ids import TOWNS
from provisioning.feed.writer import DeliveryWriter

_FILES = ("agencies.csv", "customers.csv", "contacts.csv", "policies.csv", "insured_persons.csv")
_CHUNK = 10_000


class Directory:
    """An empty directory at an address, to be filled with the first ``size`` customers."""

    def __init__(self, url: str, size: int) -> None:
        upgrade(url)
        self.url, self.size = url, size
        self._engine = open_engine(url)
        self._on_postgresql = self._engine.dialect.name == "postgresql"

    def add(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows of one file."""
        if self._on_postgresql:
            _copy(self.url, table, rows, self._engine)
        else:
            with self._engine.begin() as connection:
                connection.execute(insert(table.model), list(rows))

    def finish(self) -> None:
        """Leave the tables as a server has them some minutes after a delivery: its autovacuum does this by itself."""
        if self._on_postgresql:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM (ANALYZE)"))
        self._engine.dispose()


def fill(directories: Collection[Directory], brand: str, seed: int, progress: Callable[[int], None]) -> None:
    """Give each directory its first customers of the brand; ``progress`` hears how many are done."""
    stream = _RowStream(directories, brand)
    builder = DeliveryBuilder(stream, DEFAULT_DAY, [brand])
    agencies = {brand: [builder.agency(brand, number, TOWNS[number]) for number in range(10)]}
    customers = SyntheticCustomers(builder, agencies, random.Random(seed), DEFAULT_DAY)
    left, done = max(directory.size for directory in directories), 0
    # No chunk passes the end of a directory, so that each ends with a whole customer.
    ends = sorted({directory.size for directory in directories})
    while left:
        count = min(_CHUNK, left, next(end for end in ends if end > done) - done)
        customers.add(count)
        done, left = done + count, left - count
        stream.flush(done)
        progress(done)
    for directory in directories:
        directory.finish()


class _RowStream(DeliveryWriter):
    """Takes the rows meant for the files of a delivery and writes them into the directories."""

    def __init__(self, directories: Collection[Directory], brand: str) -> None:
        self._directories = directories
        self._context = {"brands": frozenset({brand})}
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)  # type: ignore[assignment]

    def write(self, file: str, **cells: object) -> None:
        """Validate a row and keep it until the next `flush`."""
        if file not in _FILES:
            return
        table = TABLES[file]
        values = dict.fromkeys(table.columns, "") | {name: _cell(value) for name, value in cells.items()}
        row = table.row.model_validate(values, context=self._context)
        columns = row.columns()
        if table.key_column == "row_key":
            columns["row_key"] = row.key
        if file == "customers.csv":
            columns |= {"removed": False, "push_pending": False}
        self._rows[file].append(columns)

    def flush(self, customers: int) -> None:
        """Write what was kept into the directories that hold so many customers."""
        for file in _FILES:
            for directory in self._directories:
                if self._rows[file] and directory.size >= customers:
                    directory.add(TABLES[file], self._rows[file])
        self._rows.clear()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _copy(url: str, table: Table, rows: Sequence[dict[str, Any]], engine: Engine) -> None:
    columns = {column.name: column.type for column in table.model.__table__.columns if column.name in rows[0]}
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.model.__tablename__), names)
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [
                    kind.process_bind_param(row[name], engine.dialect) if isinstance(kind, TypeDecorator) else row[name]
                    for name, kind in columns.items()
                ]
            )
