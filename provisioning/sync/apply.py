"""Writes a delivery into the directory: compares first, then writes what differs.

Everything happens in the caller's transaction, which decides whether it stays. Rows are streamed, so memory grows
with the number of row keys of one file and not with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from domain.customers import CustomerStatus
from provisioning.directory.models import Agency, Customer
from provisioning.errors import RefusedError
from provisioning.feed.manifest import Delivery, Mode
from provisioning.feed.quarantine import Quarantine
from provisioning.feed.reader import BadRow, GoodRow, read_rows
from provisioning.feed.tables import TABLES, Table
from provisioning.sync.report import TableCounts

CHUNK = 1000
REMOVAL_LIMIT = 0.05
# A row hash no row has: the customer is written again when it comes back.
_NO_HASH = b""

_T = TypeVar("_T")

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: counts by file and the customers whose record for Keycloak may differ now."""

    tables: dict[str, TableCounts]
    touched: frozenset[str]


def apply_delivery(
    session: Session,
    delivery: Delivery,
    *,
    brands: Collection[str],
    quarantine: Quarantine,
    allow_removals: bool = False,
    progress: Progress | None = None,
) -> Applied:
    """Bring the directory to what the delivery says.

    Raises `RefusedError` when more than 5 % of the rows of a file would go and `allow_removals` is not given; the
    caller then rolls back.
    """
    tables: dict[str, TableCounts] = {}
    touched: set[str] = set()
    unused_agencies: list[str] = []
    for table in TABLES.values():
        path = delivery.path(table.file)
        if path is None:
            continue
        applier = _TableApplier(session, table, quarantine, touched)
        is_delta = delivery.manifest.mode is Mode.DELTA
        for chunk in _chunks(read_rows(table, path, delta=is_delta, brands=brands)):
            applier.apply(chunk)
            if progress is not None:
                progress(table.file, len(chunk))
        removals = applier.deletions if is_delta else applier.absent()
        _guard(applier, removals, allow_removals=allow_removals)
        if table.model is Agency:
            unused_agencies = removals
        else:
            applier.remove(removals)
        tables[table.file] = applier.counts
    if unused_agencies:
        tables["agencies.csv"].removed = _remove_agencies(session, unused_agencies)
    return Applied(tables, frozenset(touched))


def _guard(applier: _TableApplier, removals: Sequence[str], *, allow_removals: bool) -> None:
    if not allow_removals and len(removals) > REMOVAL_LIMIT * applier.rows_before:
        raise RefusedError(
            "too_many_removals",
            f"The delivery removes {len(removals)} of {applier.rows_before} rows of {applier.table.file}, more than "
            "5 %: nothing was changed; if that is meant, run again with --allow-removals.",
        )


def _remove_agencies(session: Session, codes: Sequence[str]) -> int:
    """Remove agencies no customer refers to; the others stay for the customers that are ceased with them."""
    removed = 0
    for chunk in _chunks(codes):
        used = set(session.scalars(select(Customer.agency_code).where(Customer.agency_code.in_(chunk)).distinct()))
        unused = [code for code in chunk if code not in used]
        session.execute(delete(Agency).where(Agency.agency_code.in_(unused)))
        removed += len(unused)
    return removed


class _TableApplier:
    """One file on its way into its table."""

    def __init__(self, session: Session, table: Table, quarantine: Quarantine, touched: set[str]) -> None:
        self.session = session
        self.table = table
        self.quarantine = quarantine
        self.touched = touched
        self.counts = TableCounts()
        self.deletions: list[str] = []
        self._seen: set[str] = set()
        self._key = getattr(table.model, table.key_column)
        self.rows_before = session.scalar(select(func.count()).select_from(table.model).where(self._is_there)) or 0

    @property
    def _is_there(self) -> Any:
        return Customer.removed.is_(False) if self.table.model is Customer else self._key.is_not(None)

    def apply(self, rows: Sequence[GoodRow | BadRow]) -> None:
        """Write the rows of a chunk that are new or differ."""
        fresh = self._with_known_references(self._first_of_their_key(rows))
        stored = self._stored_hashes(row.row.key for row in fresh)
        inserts, updates = [], []
        for good in fresh:
            key = good.row.key
            if good.deleted:
                if key in stored:
                    self.deletions.append(key)
                continue
            columns = self._columns(good, key)
            if key not in stored:
                inserts.append(columns)
            elif stored[key] != columns["row_hash"]:
                updates.append(columns)
            else:
                self.counts.unchanged += 1
        self._write(inserts, updates)

    def absent(self) -> list[str]:
        """Return the stored row keys that the file does not have."""
        return [key for key in self.session.scalars(select(self._key).where(self._is_there)) if key not in self._seen]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove rows; a customer is ceased and marked instead, so that the account is closed."""
        for chunk in _chunks(keys):
            self._touch_owners(chunk)
            chosen = self._key.in_(chunk)
            if self.table.model is Customer:
                gone = {"removed": True, "status": CustomerStatus.CEASED.value, "row_hash": _NO_HASH}
                self.session.execute(update(Customer).where(chosen).values(gone))
            else:
                self.session.execute(delete(self.table.model).where(chosen))
        self.counts.removed += len(keys)

    def _first_of_their_key(self, rows: Iterable[GoodRow | BadRow]) -> Iterator[GoodRow]:
        for row in rows:
            if isinstance(row, BadRow):
                # The row is there, if wrong: what is stored of it stays.
                self._seen.add(row.key)
                self._refuse(row)
            elif row.row.key in self._seen:
                self._refuse(self._bad(row, self.table.key.key_fields[0], "duplicate_key"))
            else:
                self._seen.add(row.row.key)
                yield row

    def _with_known_references(self, rows: Iterable[GoodRow]) -> list[GoodRow]:
        kept = list(rows)
        for column, file in self.table.references.items():
            named = {value for row in kept if not row.deleted and (value := getattr(row.row, column)) is not None}
            known = self._known(TABLES[file], named)
            reason = f"unknown_{TABLES[file].key_column.split('_')[0]}"
            passed = []
            for row in kept:
                value = None if row.deleted else getattr(row.row, column)
                if value is None or value in known:
                    passed.append(row)
                else:
                    self._refuse(self._bad(row, column, reason))
            kept = passed
        return kept

    def _known(self, table: Table, keys: Collection[str]) -> set[str]:
        column = getattr(table.model, table.key_column)
        statement = select(column).where(column.in_(keys))
        if table.model is Customer:
            statement = statement.where(Customer.removed.is_(False))
        return set(self.session.scalars(statement))

    def _stored_hashes(self, keys: Iterable[str]) -> dict[str, bytes]:
        model: Any = self.table.model
        rows = self.session.execute(select(self._key, model.row_hash).where(self._key.in_(list(keys))))
        return {key: bytes(row_hash) for key, row_hash in rows}

    def _columns(self, good: GoodRow, key: str) -> dict[str, Any]:
        columns = good.row.columns()
        if self.table.key_column == "row_key":
            columns["row_key"] = key
        if self.table.model is Customer:
            columns["removed"] = False
        return columns

    def _write(self, inserts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> None:
        if inserts:
            if self.table.model is Customer:
                inserts = [columns | {"push_pending": True} for columns in inserts]
            self.session.execute(insert(self.table.model), inserts)
        if updates:
            self.session.execute(update(self.table.model), updates)
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
            self.touched.update(self.session.scalars(select(model.customer_code).where(self._key.in_(keys))))

    def _bad(self, row: GoodRow, column: str, reason: str) -> BadRow:
        return BadRow(self.table.file, row.line, column, reason, row.raw)

    def _refuse(self, row: BadRow) -> None:
        self.counts.quarantined += 1
        self.quarantine.add(row)


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
