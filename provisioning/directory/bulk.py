"""Many rows at once, in the caller's transaction.

On PostgreSQL rows come by `COPY`, and updates are joined with a copied table; elsewhere the driver's `executemany` does
both. All rows of a call have the same columns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    insert,
    literal,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable, DropTable

Rows = Sequence[Mapping[str, Any]]


def among(connection: Connection, column: ColumnElement[str], values: Collection[str]) -> ColumnElement[bool]:
    """The condition that a column is one of these values, which PostgreSQL gets as one array."""
    if _is_postgresql(connection):
        return column == any_(literal(sorted(values), ARRAY(Text)))
    return column.in_(sorted(values))


def insert_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows. Raises `DBAPIError`."""
    if not rows:
        return
    if _is_postgresql(connection):
        _copy(connection, table.name, [table.columns[name] for name in rows[0]], rows)
    else:
        connection.execute(insert(table), rows)


def update_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Update rows by their primary key, which is one column. Raises `DBAPIError`."""
    if not rows:
        return
    (key,) = table.primary_key.columns
    columns = [table.columns[name] for name in rows[0]]
    changed = [column for column in columns if column is not key]
    if _is_postgresql(connection):
        copies = (Column(one.name, one.type) for one in columns)
        staged = Table(f"staged_{table.name}", MetaData(), *copies, prefixes=["TEMPORARY"])
        connection.execute(CreateTable(staged))
        _copy(connection, staged.name, columns, rows)
        values = {one.name: staged.columns[one.name] for one in changed}
        # By the key, row by row: the planner would rather read the whole table, which costs more the larger it is.
        connection.execute(text("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"))
        connection.execute(update(table).where(key == staged.columns[key.name]).values(values))
        connection.execute(text("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"))
        connection.execute(DropTable(staged))
    else:
        # A column's own name in a parameter would be taken for its new value.
        renamed: dict[str, Any] = {one.name: bindparam(f"new_{one.name}") for one in changed}
        given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        connection.execute(update(table).where(key == bindparam(f"new_{key.name}")).values(renamed), given)


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _copy(connection: Connection, target: str, columns: Sequence[Column[Any]], rows: Rows) -> None:
    names = [column.name for column in columns]
    written = {
        place: bound
        for place, column in enumerate(columns)
        if isinstance(column.type, TypeDecorator)
        and (bound := column.type.bind_processor(connection.dialect)) is not None
    }
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(target), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what `open_engine` opens
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                values = [row[name] for name in names]
                for place, bound in written.items():
                    values[place] = bound(values[place])
                copy.write_row(values)
    except psycopg.Error as error:
        # Its text would show rows.
        raise DBAPIError(f"COPY {target}", None, error, hide_parameters=True) from None
