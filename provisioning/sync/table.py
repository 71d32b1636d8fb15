"""One file on its way into its table: whole groups of rows beside what the directory holds of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from domain.customers import CustomerStatus
from provisioning.directory.models import Customer
from provisioning.feed.quarantine import Quarantine
from provisioning.feed.reader import BadRow, GoodRow, RawRow, RowReader
from provisioning.feed.tables import TABLES, Table
from provisioning.sync.changes import Changes
from provisioning.sync.report import TableCounts

CHUNK = 1000
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
        self._key = getattr(table.model, table.key_column)
        self._group = getattr(table.model, table.group_column)

    def apply(self, rows: Sequence[RawRow], *, delta: bool) -> None:
        """Write the rows of whole groups that are new or differ.

        In a full delivery what the directory holds of these groups beyond them is to go; in a delta what it says.
        """
        stored = self._stored({row.group for row in rows})
        seen: dict[str, tuple[str, ...]] = {}
        torn: set[str] = set()
        fresh: list[tuple[str, GoodRow]] = []
        for raw in rows:
            read = self._reader.read(raw)
            if isinstance(read, BadRow):
                # The row is there, if wrong: what is stored of it stays; of a torn one nobody knows which row it was.
                seen.setdefault(read.key, ())
                if raw.fault:
                    torn.add(raw.group)
                self._refuse(read, raw.group)
            elif read.row.key not in seen:
                seen[read.row.key] = raw.cells
                fresh.append((raw.group, read))
            elif seen[read.row.key] == raw.cells:
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
        count = self._session.scalar(select(func.count()).select_from(self.table.model).where(self._is_there)) or 0
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
            chosen = self._key.in_(chunk)
            if self.table.model is Customer:
                gone = {"removed": True, "status": CustomerStatus.CEASED.value, "row_hash": _NO_HASH}
                self._session.execute(update(Customer).where(chosen).values(gone))
            else:
                self._session.execute(delete(self.table.model).where(chosen))
        self.counts.removed += len(self.removals)
        return dependents

    @property
    def _is_there(self) -> Any:
        return Customer.removed.is_(False) if self.table.model is Customer else self._key.is_not(None)

    def _stored(self, groups: Collection[str]) -> dict[str, tuple[str, bytes, bool]]:
        """What the directory holds of these groups: by row key the group, the row's digest, and whether it counts."""
        model: Any = self.table.model
        rows = self._session.execute(
            select(self._key, self._group, model.row_hash, self._is_there).where(self._group.in_(sorted(groups)))
        )
        return {key: (group, bytes(row_hash), bool(counts)) for key, group, row_hash, counts in rows}

    def _write_fresh(
        self, rows: Iterable[tuple[str, GoodRow]], stored: Mapping[str, tuple[str, bytes, bool]]
    ) -> list[str]:
        """Write what is new or differs; return the keys of the rows that are to go."""
        inserts, updates, deletions = [], [], []
        for _, good in rows:
            key = good.row.key
            if good.deleted:
                if key in stored and stored[key][2]:
                    deletions.append(key)
                else:
                    self.counts.unchanged += 1
                continue
            columns = self._columns(good, key)
            if key not in stored:
                inserts.append(columns)
            elif stored[key][1] != columns["row_hash"]:
                updates.append(columns)
            else:
                self.counts.unchanged += 1
        self._write(inserts, updates)
        return deletions

    def _with_known_references(self, rows: list[tuple[str, GoodRow]]) -> list[tuple[str, GoodRow]]:
        kept = rows
        for column, file in self.table.references.items():
            named = {value for _, row in kept if not row.deleted and (value := getattr(row.row, column)) is not None}
            known = self._known(TABLES[file], named) if named else set()
            reason = f"unknown_{TABLES[file].key_column.split('_')[0]}"
            passed = []
            for group, row in kept:
                value = None if row.deleted else getattr(row.row, column)
                if value is None or value in known:
                    passed.append((group, row))
                else:
                    self._refuse(self._reader.bad(row, column, reason), group)
            kept = passed
        return kept

    def _known(self, table: Table, keys: Collection[str]) -> set[str]:
        column = getattr(table.model, table.key_column)
        statement = select(column).where(column.in_(sorted(keys)))
        if table.model is Customer:
            statement = statement.where(Customer.removed.is_(False))
        return set(self._session.scalars(statement))

    def _columns(self, good: GoodRow, key: str) -> dict[str, Any]:
        columns = good.row.columns()
        if self.table.key_column == "row_key":
            columns["row_key"] = key
        if self.table.model is Customer:
            columns["removed"] = False
        return columns

    def _write(self, inserts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> None:
        if self._changes is not None:
            self._changes.written(self.table, inserts, updates)
        if inserts:
            if self.table.model is Customer:
                inserts = [columns | {"push_pending": True} for columns in inserts]
            self._session.execute(insert(self.table.model), inserts)
        if updates:
            self._session.execute(update(self.table.model), updates)
        self.counts.inserted += len(inserts)
        self.counts.updated += len(updates)
        if self._feeds_the_record:
            self.touched.update(columns["customer_code"] for columns in (*inserts, *updates))

    @property
    def _feeds_the_record(self) -> bool:
        return self.table.file in ("customers.csv", "contacts.csv")

    def _touch_owners(self, keys: Sequence[str]) -> None:
        if self._feeds_the_record:
            model: Any = self.table.model
            self.touched.update(self._session.scalars(select(model.customer_code).where(self._key.in_(keys))))

    def _dependents(self, keys: Sequence[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for other in TABLES.values():
            for column, file in other.references.items():
                if file == self.table.file:
                    model: Any = other.model
                    groups = select(getattr(model, other.group_column)).where(getattr(model, column).in_(keys))
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
