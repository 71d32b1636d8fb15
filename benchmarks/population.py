"""Synthetic customers in directories of several sizes, without the way of a delivery over the disk.

Up to a hundred thousand are the customers of `area-clienti feed generate`, each row validated as the sync does it. A
million are these ten times over, with codes, contacts and tax codes of their own, made by the database: numbers whose
check digit may be wrong, which nothing that is measured looks at. Of a customer's rows only those are kept that
deciding who registers reads; they are what the sync writes, and come faster because an empty directory needs no
comparing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import insert, select

from provisioning.directory import open_engine, upgrade
from provisioning.directory.bulk import insert_rows
from provisioning.feed.build import DeliveryBuilder
from provisioning.feed.generate import DEFAULT_DAY, SyntheticCustomers
from provisioning.feed.rows import Row, RowParser
from provisioning.feed.tables import TABLES
from provisioning.feed.tax_ids import TOWNS
from provisioning.feed.writer import DeliveryWriter

GENERATED = 100_000
MOST = 10 * GENERATED
_FILES = ("agencies.csv", "customers.csv", "contacts.csv", "policies.csv", "insured_persons.csv")
_CHUNK = 10_000

# What the generator would have written for the same person with a serial number `shift` higher; `nth` is 1 to 9.
_CODE = "left({0}, 1) || lpad((substr({0}, 2)::bigint + shift)::text, 8, '0')"
_POLICY = "left({0}, 2) || lpad((substr({0}, 3)::bigint + nth * 100000000)::text, 9, '0')"
_NUMBER = "1000000 + (substr(value, 7)::bigint - 1000000 + shift * 7654321) % 9000000"
_TAX_CODE = (
    "CASE length({0}) WHEN 11 THEN lpad((({0}::bigint + nth * 10000000000) % 100000000000)::text, 11, '0')"
    " WHEN 16 THEN left({0}, 6) || lpad(((substr({0}, 7, 2)::int + nth * 10) % 100)::text, 2, '0') || substr({0}, 9)"
    " ELSE {0} END"
)
_VALUE = (
    "CASE channel WHEN 'email' THEN"
    " regexp_replace(value, '[0-9]+@', (substring(value, '([0-9]+)@')::bigint + shift) || '@')"
    f" WHEN 'mobile' THEN left(value, 6) || ({_NUMBER})::text ELSE value END"
)
_CHANGED = {
    "customers.csv": {
        "customer_code": _CODE.format("customer_code"),
        "tax_code": _TAX_CODE.format("tax_code"),
        "vat_number": _TAX_CODE.format("vat_number"),
    },
    "contacts.csv": {
        "customer_code": _CODE.format("customer_code"),
        "value": _VALUE,
        "row_key": f"{_CODE.format('customer_code')} || '|' || channel || '|' || {_VALUE}",
    },
    "policies.csv": {
        "policy_number": _POLICY.format("policy_number"),
        "customer_code": _CODE.format("customer_code"),
    },
    "insured_persons.csv": {
        "policy_number": _POLICY.format("policy_number"),
        "customer_code": _CODE.format("customer_code"),
        "row_key": f"{_POLICY.format('policy_number')} || '|' || {_CODE.format('customer_code')} || '|' || full_name",
    },
}


def fill(urls: Mapping[int, str], brand: str, seed: int) -> None:
    """Fill empty PostgreSQL databases, named by the number of customers, with the first so many of one brand."""
    for url in urls.values():
        upgrade(url)
    largest = urls[max(urls)]
    growing = _Growing(largest, brand, seed)
    for size in sorted(urls):
        growing.grow(size)
        if urls[size] != largest:
            for file in _FILES:
                _copy_table(largest, urls[size], TABLES[file].model.__tablename__)
    for url in urls.values():
        _settle(url)


def copy_to_sqlite(source: str, target: str) -> None:
    """Fill an empty SQLite database with what the PostgreSQL one holds."""
    upgrade(target)
    reading, writing = open_engine(source), open_engine(target)
    with reading.connect() as connection, writing.connect() as written:
        # A folder that is removed afterwards need not outlive a power failure.
        written.exec_driver_sql("PRAGMA synchronous = OFF")
        written.exec_driver_sql("PRAGMA cache_size = -500000")
        for file in _FILES:
            table = TABLES[file].model.__table__
            rows = connection.execution_options(stream_results=True).execute(select(table))
            for chunk in rows.mappings().partitions(_CHUNK):
                written.execute(insert(table), [dict(row) for row in chunk])
        written.commit()
    reading.dispose()
    writing.dispose()


class _Growing:
    """A directory that is given more and more customers."""

    def __init__(self, url: str, brand: str, seed: int) -> None:
        self._url = url
        self._stream = _RowStream(url, brand)
        builder = _BareBuilder(self._stream, DEFAULT_DAY, [brand])
        agencies = {brand: [builder.agency(brand, number, TOWNS[number]) for number in range(10)]}
        self._customers = SyntheticCustomers(builder, agencies, random.Random(seed), DEFAULT_DAY)
        self._size = 0

    def grow(self, size: int) -> None:
        """Let it hold so many; past a hundred thousand, whole hundreds of thousands."""
        while self._size < min(size, GENERATED):
            count = min(_CHUNK, size - self._size)
            self._customers.add(count)
            self._stream.flush()
            self._size += count
        while self._size < size:
            self._add_copy(self._size // GENERATED)
            self._size += GENERATED

    def _add_copy(self, nth: int) -> None:
        with psycopg.connect(self._url) as connection:
            for file, changed in _CHANGED.items():
                table = TABLES[file].model.__table__
                columns = [column.name for column in table.columns]
                chosen = ", ".join(changed.get(name, name) for name in columns)
                of_copy = f"(SELECT {nth} AS nth, {nth * GENERATED}::bigint AS shift) AS of_copy"
                made = f"SELECT {chosen} FROM {table.name}, {of_copy}"
                first = f"substr(customer_code, 2)::bigint <= {GENERATED}"
                connection.execute(f"INSERT INTO {table.name} ({', '.join(columns)}) {made} WHERE {first}")


class _BareBuilder(DeliveryBuilder):
    """Leaves out what nobody is recognised by."""

    def address(self, *_: Any, **__: Any) -> None:
        """No address."""

    def _add_instalments(self, *_: Any, **__: Any) -> None:
        """No instalments."""

    def _add_documents(self, *_: Any, **__: Any) -> None:
        """No documents."""


class _RowStream(DeliveryWriter):
    """Takes the rows meant for the files of a delivery and copies them into a directory."""

    def __init__(self, url: str, brand: str) -> None:
        self._url = url
        self._parsers = {file: RowParser(table.rules, frozenset({brand})) for file, table in TABLES.items()}
        self._kept: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def write(self, file: str, **cells: object) -> None:
        """Validate a row and keep it until the next `flush`."""
        table = TABLES[file]
        values = dict.fromkeys(table.columns, "") | {name: _cell(value) for name, value in cells.items()}
        (row,) = self._parsers[file].rows([[values[name] for name in table.columns]])
        assert isinstance(row, Row)
        columns = row.columns
        if table.key_column == "row_key":
            columns["row_key"] = row.key
        if file == "customers.csv":
            columns |= {"removed": False, "push_pending": False}
        self._kept[file].append(columns)

    def flush(self) -> None:
        """Write what was kept."""
        engine = open_engine(self._url)
        with engine.begin() as connection:
            for file in _FILES:
                insert_rows(connection, TABLES[file].stored, self._kept.pop(file, []))
        engine.dispose()


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


def _copy_table(source: str, target: str, table: str) -> None:
    with (
        psycopg.connect(source) as reading,
        psycopg.connect(target) as writing,
        reading.cursor().copy(SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(Identifier(table))) as out,
        writing.cursor().copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(Identifier(table))) as into,
    ):
        for block in out:
            into.write(block)


def _settle(url: str) -> None:
    """Leave the tables as a server has them some minutes after a delivery: its autovacuum does this by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
