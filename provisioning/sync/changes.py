"""What a delivery would change, by customer: for dry runs.

A change names file and fields and never a value, so it can be shown.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.directory.models import Agency, Policy
from provisioning.feed.tables import Table
from provisioning.sync.workspace import Workspace

COLUMNS = ("customer_code", "file", "change", "fields")
_PAGE = 10_000


class Changes:
    """Collects changes in the workspace; agencies, which belong to no customer, are left out."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self._session = session
        self._workspace = workspace
        self._table = workspace.name("changes")
        workspace.run(
            f"CREATE TABLE {self._table} (customer_code VARCHAR, file VARCHAR, change VARCHAR, fields VARCHAR)"
        )

    def written(self, table: Table, inserts: Sequence[Mapping[str, Any]], updates: Sequence[Mapping[str, Any]]) -> None:
        """Note rows that are about to be written: all their columns are given."""
        self._note(table, "new", inserts, [""] * len(inserts))
        self._note(table, "changed", updates, self._fields(table, updates))

    def removed(self, table: Table, keys: Sequence[str]) -> None:
        """Note rows that are about to be removed."""
        rows = self._stored(table, keys)
        self._note(table, "removed", rows, [""] * len(rows))

    def count(self) -> int:
        """How many customers are concerned."""
        (count,) = self._workspace.one(f"SELECT count(DISTINCT customer_code) FROM {self._table}")
        return int(count)

    def first(self, count: int) -> list[tuple[str, str]]:
        """Return the first customers and what changes for each, in words."""
        query = (
            f"SELECT customer_code, string_agg(file || ' ' || change || fields, ', ' ORDER BY file, change, fields) "
            f"FROM (SELECT customer_code, replace(file, '.csv', '') AS file, change, "
            f"CASE WHEN fields = '' THEN '' ELSE ' (' || fields || ')' END AS fields FROM {self._table}) "
            f"GROUP BY customer_code ORDER BY customer_code LIMIT {int(count)}"
        )
        return [(code, words) for rows in self._workspace.rows(query, _PAGE) for code, words in rows]

    def write(self, path: Path) -> None:
        """Write all of them as CSV, by customer, for the owner of the file alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            query = f"SELECT * FROM {self._table} ORDER BY ALL"
            for rows in self._workspace.rows(query, _PAGE):
                writer.writerows(rows)

    def _note(self, table: Table, change: str, rows: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> None:
        if table.model is Agency or not rows:
            return
        codes = self._customers(rows)
        self._workspace.run(
            f"INSERT INTO {self._table} SELECT unnest(?::VARCHAR[]), ?, ?, unnest(?::VARCHAR[])",
            (codes, table.file, change, list(fields)),
        )

    def _customers(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Whose rows these are: the customer's, or the holder's of the policy they belong to."""
        numbers = {row["policy_number"] for row in rows if not self._own(row)}
        holders: dict[str, str] = {}
        if numbers:
            held = select(Policy.policy_number, Policy.customer_code).where(Policy.policy_number.in_(sorted(numbers)))
            holders = {row.policy_number: row.customer_code for row in self._session.execute(held)}
        return [self._own(row) or holders.get(row["policy_number"], "") for row in rows]

    @staticmethod
    def _own(row: Mapping[str, Any]) -> str:
        return str(row["customer_code"]) if row.get("customer_code") else ""

    def _fields(self, table: Table, updates: Sequence[Mapping[str, Any]]) -> list[str]:
        key = table.key_column
        before = {row[key]: row for row in self._stored(table, [row[key] for row in updates])}
        compared = [name for name in table.columns if name != key]
        return [
            ";".join(name for name in compared if before[row[key]][name] != row[name]) or "returned" for row in updates
        ]

    def _stored(self, table: Table, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        if not keys:
            return []
        stored = table.model.__table__
        rows = self._session.execute(select(stored).where(stored.c[table.key_column].in_(keys)))
        return [dict(row._mapping) for row in rows]
