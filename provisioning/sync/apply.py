"""Writes a delivery into the directory: compares set-wise first, then reads and writes only what differs.

Everything happens in the caller's transaction, which decides whether it stays. Memory grows with what differs, not
with the delivery (docs/decisions/0026).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.directory.bulk import among
from provisioning.directory.models import Agency, Customer
from provisioning.errors import RefusedError
from provisioning.feed.files import DeliveredFile
from provisioning.feed.manifest import Delivery, Mode
from provisioning.feed.quarantine import Quarantine
from provisioning.feed.reader import RowReader
from provisioning.feed.tables import TABLES, Table
from provisioning.sync.accepted import Accepted, AcceptedFile, NewState, new_salt
from provisioning.sync.ahead import ahead
from provisioning.sync.changes import Changes
from provisioning.sync.compare import Digests, FileComparison, digests_of, rows_of, write_groups
from provisioning.sync.report import TableCounts
from provisioning.sync.source import Source
from provisioning.sync.table import Progress, TableApplier, chunks
from provisioning.sync.workspace import Workspace

REMOVAL_LIMIT = 0.05


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: counts by file, the customers whose record for Keycloak may differ now, and the new state.

    `state` is None after a delta without a state to go on from; its files lie in the workspace.
    """

    tables: dict[str, TableCounts]
    touched: frozenset[str]
    state: NewState | None


@dataclass(slots=True)
class DeliveryApplier:
    """Brings the directory to what a delivery says.

    `accepted` is the state the directory is in, checked by the rules named `rules`; None has every row read. `changes`,
    if given, is told of every row before it is written.
    """

    session: Session
    workspace: Workspace
    delivery: Delivery
    brands: Collection[str]
    quarantine: Quarantine
    rules: str
    accepted: Accepted | None = None
    allow_removals: bool = False
    progress: Progress | None = None
    changes: Changes | None = None
    _forced: dict[str, set[str]] = field(default_factory=dict)

    def apply(self) -> Applied:
        """Write what differs.

        Raises `RefusedError` when more than 5 % of the rows of a file would go and `allow_removals` is not given, or
        when a file cannot be read; the caller then rolls back.
        """
        is_delta = self.delivery.manifest.mode is Mode.DELTA
        # A full delivery ends with the state as it was compared; a delta goes on from what it changed.
        base = self.accepted if is_delta or (self.accepted and self.accepted.rules == self.rules) else None
        state = self._new_state(base, is_delta=is_delta)
        tables: dict[str, TableCounts] = {}
        touched: set[str] = set()
        appliers: dict[str, TableApplier] = {}
        for table, source, digests in ahead(self._sources(base, state, is_delta=is_delta)):
            applier = appliers[table.file] = self._applier(table, source.file, is_delta=is_delta)
            if digests is None:
                self._apply_delta(applier, source)
            elif state is not None:
                state.files[table.file] = self._apply_full(applier, source, digests, _file_of(base, table))
            if table.model is not Agency:
                self._guard(applier)
                self._force(applier.remove())
            touched |= applier.touched
            tables[table.file] = applier.counts
        if agencies := appliers.get("agencies.csv"):
            self._remove_agencies(agencies)
        if is_delta and state is not None and base is not None:
            self._carry_on(state, base, appliers)
        return Applied(tables, frozenset(touched), state)

    def _new_state(self, base: Accepted | None, *, is_delta: bool) -> NewState | None:
        if base is not None:
            return NewState(base.rules, base.salt, {})
        return None if is_delta else NewState(self.rules, new_salt(), {})

    def _sources(
        self, base: Accepted | None, state: NewState | None, *, is_delta: bool
    ) -> Iterator[tuple[Table, Source, Digests | None]]:
        """Yield the delivered files, those of a full delivery with the digests of their rows."""
        for table in TABLES.values():
            if file := self.delivery.file(table.file):
                source = Source(self.workspace, file, table, delta=is_delta)
                digests = None
                if state is not None and not is_delta:
                    digests = digests_of(self.workspace, source, state.salt, _file_of(base, table))
                yield table, source, digests

    def _applier(self, table: Table, file: DeliveredFile, *, is_delta: bool) -> TableApplier:
        columns = Source.columns_of(table, delta=is_delta)
        reader = RowReader(table, file.name, columns, self.brands)
        return TableApplier(self.session, table, reader, self.quarantine, self.changes)

    def _apply_full(
        self, applier: TableApplier, source: Source, digests: Digests, known: AcceptedFile | None
    ) -> AcceptedFile:
        forced = self._forced.get(applier.table.file, set())
        comparison = FileComparison(self.workspace, source, digests, known, forced)
        looked_at = 0
        for rows in ahead(map(applier.read, comparison.rows())):
            applier.apply(rows, delta=False)
            looked_at += len(rows)
            self._tell(applier, len(rows))
        for groups in comparison.gone(applier.groups()):
            applier.gone(groups)
        unread = source.file.rows - looked_at
        applier.counts.unchanged += unread
        self._tell(applier, unread)
        # An agency that is to go stays while customers refer to it: it is looked at until it went.
        unsettled = set(applier.removals) if applier.table.model is Agency else set()
        still_open = write_groups(self.workspace, sorted(applier.still_open | unsettled))
        return AcceptedFile(digests.path, still_open, source.file.sha256)

    def _apply_delta(self, applier: TableApplier, source: Source) -> None:
        groups = self._forced.setdefault(applier.table.file, set())
        for rows in ahead(map(applier.read, rows_of(self.workspace, source))):
            applier.apply(rows, delta=True)
            groups.update(raw.group for raw, _ in rows)
            self._tell(applier, len(rows))

    def _carry_on(self, state: NewState, base: Accepted, appliers: dict[str, TableApplier]) -> None:
        """What a delta touched is looked at in the next full delivery, whatever its digests say."""
        for file, parts in base.files.items():
            groups = self._forced.get(file, set())
            if file in appliers:
                groups |= appliers[file].still_open
            state.files[file] = AcceptedFile(
                parts.digests, write_groups(self.workspace, sorted(groups), parts.still_open), parts.sha256
            )

    def _guard(self, applier: TableApplier) -> None:
        removals = len(applier.removals)
        if self.allow_removals or not removals:
            return
        before = applier.rows_before()
        if removals > REMOVAL_LIMIT * before:
            raise RefusedError(
                "too_many_removals",
                f"The delivery removes {removals} of {before} rows of {applier.table.file}, more than "
                "5 %: nothing was changed; if that is meant, run again with --allow-removals.",
            )

    def _remove_agencies(self, agencies: TableApplier) -> None:
        """Remove agencies no customer refers to; the others stay for the customers that are ceased with them."""
        in_use: set[str | None] = set()
        for chunk in chunks(agencies.removals):
            of_these = among(self.session.connection(), Customer.__table__.columns["agency_code"], chunk)
            in_use.update(self.session.scalars(select(Customer.agency_code).where(of_these).distinct()))
        agencies.removals = [code for code in agencies.removals if code not in in_use]
        self._guard(agencies)
        agencies.remove()

    def _force(self, dependents: dict[str, set[str]]) -> None:
        for file, groups in dependents.items():
            self._forced.setdefault(file, set()).update(groups)

    def _tell(self, applier: TableApplier, rows: int) -> None:
        if self.progress is not None and rows:
            self.progress(applier.table.file, rows)


def _file_of(base: Accepted | None, table: Table) -> AcceptedFile | None:
    return None if base is None else base.files.get(table.file)
