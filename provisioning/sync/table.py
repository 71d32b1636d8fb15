"""One file on its way into its table: whole groups of rows beside what the directory holds of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from domain.customers import CustomerStatus
from provisioning.directory.bulk import among, insert_rows, update_rows
from provisioning.directory.models import Customer
from provisioning.feed.quarantine import Quarantine
from provisioning.feed.reader import BadRow, GoodRow, RawRow, RowReader
from provisioning.feed.tables import TABLES, Table
from provisioning.sync.changes import Changes
from provisioning.sync.report import TableCounts

CHUNK = 5000
# A row hash no row has: the customer is written again when it comes back.
_NO_HASH = b""


class TableApplier:
    """Writes what differs and collects what is to go.

    `removals` are row keys; `still_open` the groups of which a row could not be used; `touched` the customers whose
    record for Keycloak may differ now.
    """

    def __init__(
        self,
        session: Session,
        table: Table,
        reader: RowReader,
        quarantine: Quarantine,
        changes: Changes | None = None,
    ) -> None:
        self.table = table
        self.counts = TableCounts()
        self.removals: list[str] = []
        self.still_open: set[str] = set()
        self.touched: set[str] = set()
        self._session = session
        self._reader = reader
        self._quarantine = quarantine
        self._changes = changes
        self._rows = table.stored
        self._key = self._rows.columns[table.key_column]
        self._group = self._rows.columns[table.group_column]

    def read(self, rows: Sequence[RawRow]) -> ReadRows:
        """Validate rows; asks neither directory nor quarantine, so another thread may do it ahead."""
        return list(zip(rows, self._reader.read(rows), strict=True))

    def apply(self, rows: ReadRows, *, delta: bool) -> None:
        """Write the rows of whole groups that are new or differ.

        In a full delivery what the directory holds of these groups beyond them is to go; in a delta what it says.
        """
        stored = self._stored({raw.group for raw, _ in rows})
        seen: dict[str, tuple[str, ...]] = {}
        torn: set[str] = set()
        fresh: list[GoodRow] = []
        for raw, read in rows:
            if isinstance(read, BadRow):
                # The row is there, if wrong: what is stored of it stays; of a torn one nobody knows which row it was.
                seen.setdefault(read.key, ())
                if raw.fault:
                    torn.add(raw.group)
                self._refuse(read, raw.group)
            elif read.key not in seen:
                seen[read.key] = raw.cells
                fresh.append(read)
            elif seen[read.key] == raw.cells:
                self.counts.repeated += 1
            else:
                self._refuse(self._reader.bad(read, self.table.group_column, "duplicate_key"), raw.group)
        written = self._write_fresh(self._with_known_references(fresh), stored)
        if delta:
            self.removals += written
        else:
            self.removals += [
                key for key, (group, _, there) in stored.items() if there and key not in seen and group not in torn
            ]

    def gone(self, groups: Sequence[str]) -> None:
        """Collect all that the directory holds of these groups: the delivery has none of it."""
        self.removals += [key for key, (_, _, there) in self._stored(groups).items() if there]

    def groups(self) -> Iterator[str]:
        """Yield every group the directory holds."""
        statement = select(self._group).where(self._is_there).distinct()
        yield from self._session.scalars(statement.execution_options(yield_per=10_000))

    def rows_before(self) -> int:
        """How many rows there were before this delivery; ask before anything is removed."""
        count = self._session.scalar(select(func.count()).select_from(self._rows).where(self._is_there)) or 0
        return count - self.counts.inserted

    def remove(self) -> dict[str, set[str]]:
        """Remove what was collected; return, by file, the groups that referred to it.

        A customer is ceased and marked instead, so that the account is closed.
        """
        dependents: dict[str, set[str]] = {}
        for chunk in chunks(self.removals):
            for file, groups in self._dependents(chunk).items():
                dependents.setdefault(file, set()).update(groups)
            self._touch_owners(chunk)
            if self._changes is not None:
                self._changes.removed(self.table, chunk)
            chosen = self._among(self._key, chunk)
            if self.table.model is Customer:
                gone = {"removed": True, "status": CustomerStatus.CEASED.value, "row_hash": _NO_HASH}
                self._session.execute(update(self._rows).where(chosen).values(gone))
            else:
                self._session.execute(delete(self._rows).where(chosen))
        self.counts.removed += len(self.removals)
        return dependents

    @property
    def _is_there(self) -> ColumnElement[bool]:
        return Customer.removed.is_(False) if self.table.model is Customer else self._key.is_not(None)

    def _among(self, column: ColumnElement[str], values: Collection[str]) -> ColumnElement[bool]:
        return among(self._session.connection(), column, values)

    def _stored(self, groups: Collection[str]) -> dict[str, tuple[str, bytes, bool]]:
        """What the directory holds of these groups: by row key the group, the row's digest, and whether it counts."""
        held = select(self._key, self._group, self._rows.columns["row_hash"], self._is_there)
        rows = self._session.execute(held.where(self._among(self._group, groups)))
        return {key: (group, bytes(row_hash), bool(counts)) for key, group, row_hash, counts in rows}

    def _write_fresh(self, rows: Iterable[GoodRow], stored: Mapping[str, tuple[str, bytes, bool]]) -> list[str]:
        """Write what is new or differs; return the keys of the rows that are to go."""
        inserts, updates, deletions = [], [], []
        for good in rows:
            if good.deleted:
                if good.key in stored and stored[good.key][2]:
                    deletions.append(good.key)
                else:
                    self.counts.unchanged += 1
            elif good.key not in stored:
                inserts.append(self._columns(good))
            elif stored[good.key][1] != good.columns["row_hash"]:
                updates.append(self._columns(good))
            else:
                self.counts.unchanged += 1
        self._write(inserts, updates)
        return deletions

    def _with_known_references(self, rows: list[GoodRow]) -> list[GoodRow]:
        kept = rows
        for column, file in self.table.references.items():
            named = {good.columns[column] for good in kept if not good.deleted} - {None}
            known = self._known(TABLES[file], named) if named else set()
            if named == known:
                continue
            reason = f"unknown_{TABLES[file].key_column.split('_')[0]}"
            passed = []
            for good in kept:
                if good.deleted or good.columns[column] is None or good.columns[column] in known:
                    passed.append(good)
                else:
                    self._refuse(self._reader.bad(good, column, reason), good.raw.group)
            kept = passed
        return kept

    def _known(self, table: Table, keys: Collection[str]) -> set[str]:
        column = table.stored.columns[table.key_column]
        statement = select(column).where(self._among(column, keys))
        if table.model is Customer:
            statement = statement.where(Customer.removed.is_(False))
        return set(self._session.scalars(statement))

    def _columns(self, good: GoodRow) -> dict[str, Any]:
        columns = good.columns
        if self.table.key_column == "row_key":
            columns["row_key"] = good.key
        if self.table.model is Customer:
            columns["removed"] = False
        return columns

    def _write(self, inserts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> None:
        if self._changes is not None:
            self._changes.written(self.table, inserts, updates)
        if self.table.model is Customer:
            inserts = [columns | {"push_pending": True} for columns in inserts]
        insert_rows(self._session.connection(), self._rows, inserts)
        update_rows(self._session.connection(), self._rows, updates)
        self.counts.inserted += len(inserts)
        self.counts.updated += len(updates)
        if self._feeds_the_record:
            self.touched.update(columns["customer_code"] for columns in (*inserts, *updates))

    @property
    def _feeds_the_record(self) -> bool:
        return self.table.file in ("customers.csv", "contacts.csv")

    def _touch_owners(self, keys: Sequence[str]) -> None:
        if self._feeds_the_record:
            owner = select(self._rows.columns["customer_code"]).where(self._among(self._key, keys))
            self.touched.update(self._session.scalars(owner))

    def _dependents(self, keys: Sequence[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for other in TABLES.values():
            for column, file in other.references.items():
                if file == self.table.file:
                    columns = other.stored.columns
                    groups = select(columns[other.group_column]).where(self._among(columns[column], keys))
                    found.setdefault(other.file, set()).update(self._session.scalars(groups.distinct()))
        return found

    def _refuse(self, row: BadRow, group: str) -> None:
        self.counts.quarantined += 1
        self.still_open.add(group)
        self._quarantine.add(row)


def chunks(items: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    """Yield the items, some at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


Progress = Callable[[str, int], None]
ReadRows = Sequence[tuple[RawRow, GoodRow | BadRow]]
