"""One run of sync, from an opened delivery to Keycloak."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.clock import Clock
from provisioning.directory.models import Customer
from provisioning.directory.models import Delivery as AppliedDelivery
from provisioning.errors import ProvisioningError, RefusedError
from provisioning.feed.manifest import Delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.sync.accepted import Accepted, AcceptedStates, rules_in_force
from provisioning.sync.ahead import rare_collections
from provisioning.sync.apply import DeliveryApplier
from provisioning.sync.changes import Changes
from provisioning.sync.keycloak import CustomerDirectory
from provisioning.sync.lock import only_run
from provisioning.sync.mobile_changes import settle
from provisioning.sync.push import count_pending, push_pending
from provisioning.sync.records import refresh_record_hashes
from provisioning.sync.report import SyncReport
from provisioning.sync.runs import RunLog
from provisioning.sync.sequence import applied_before, last_applied
from provisioning.sync.table import Progress
from provisioning.sync.workspace import clear_scratch, open_workspace

_SHOWN_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to run.

    `dry_run` writes nothing, `push_all` tells Keycloak of every customer again, `reread` reads every row again,
    whatever the accepted state says. `correction` takes rows of the last delivery in after all, under its sequence.
    A dry run writes what would change by customer to `changes_file`, if there is one.
    """

    dry_run: bool = False
    allow_removals: bool = False
    push_all: bool = False
    reread: bool = False
    correction: bool = False
    changes_file: Path | None = None


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """Called as the run goes on: rows read of a file, records answered by Keycloak (and how many there are)."""

    rows: Progress | None = None
    pushing: Callable[[int], None] | None = None
    pushed: Callable[[int], None] | None = None


SILENT = SyncProgress()


@dataclass(frozen=True, slots=True)
class _Call:
    session: Session
    delivery: Delivery
    quarantine: Quarantine
    options: SyncOptions
    progress: SyncProgress


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The parts a run works with.

    `brands` are the ids of the brands, `states` where accepted states lie, `mobile_hold` how long a new access mobile
    of a registered customer waits.
    """

    engine: Engine
    keycloak: CustomerDirectory
    brands: Collection[str]
    clock: Clock
    states: AcceptedStates
    mobile_hold: timedelta

    def run(
        self,
        delivery: Delivery,
        quarantine: Quarantine,
        options: SyncOptions = SyncOptions(),
        progress: SyncProgress = SILENT,
    ) -> SyncReport:
        """Apply the delivery if it is new, then push what is pending; raises `ProvisioningError`."""
        with only_run(self.engine), Session(self.engine, expire_on_commit=False) as session:
            call = _Call(session, delivery, quarantine, options, progress)
            if options.dry_run:
                report = self._apply(call)
                session.rollback()
                return report
            log = RunLog(self.engine, self.clock)
            kind = "correction" if options.correction else delivery.manifest.mode.value
            run_id = log.begin(delivery.manifest.sequence, kind)
            try:
                report = self._apply(call)
                self._push(call, report)
            except ProvisioningError as error:
                session.rollback()
                log.fail(run_id, error)
                raise
            log.end(run_id, report)
            return report

    def _push(self, call: _Call, report: SyncReport) -> None:
        begun = monotonic()
        if call.progress.pushing is not None:
            call.progress.pushing(report.pending)
        push_pending(
            call.session, self.keycloak, self.brands, report=report, clock=self.clock, progress=call.progress.pushed
        )
        self._mark_pushed(call.session, call.delivery.manifest.sequence)
        report.seconds_pushing = round(monotonic() - begun, 3)

    def _apply(self, call: _Call) -> SyncReport:
        session, options = call.session, call.options
        report = SyncReport(call.delivery.manifest.sequence, dry_run=options.dry_run)
        before = self._before(call)
        touched: Collection[str] = ()
        if options.push_all:
            session.execute(update(Customer).where(Customer.push_pending.is_(False)).values(push_pending=True))
        if before is not None:
            report.already_applied = True
            # A run that finishes an earlier one still owes the operator its quarantine.
            report.quarantined = before.quarantined if before.pushed_at is None else 0
        else:
            begun = monotonic()
            touched = self._take_in(call, report)
            report.seconds_taking_in = round(monotonic() - begun, 3)
        settle(session, touched, self.clock.now(), self.mobile_hold)
        report.pending = count_pending(session, self.brands)
        if not options.dry_run:
            session.commit()
            self._forget_other_states(session)
        return report

    def _before(self, call: _Call) -> AppliedDelivery | None:
        """The delivery, if it was applied before; a correction always is, and is applied nevertheless."""
        if not call.options.correction:
            return applied_before(call.session, call.delivery.manifest)
        last = last_applied(call.session)
        if last is None or last.sequence != call.delivery.manifest.sequence:
            raise RefusedError("corrections_old", "These rows are not of the last delivery: nothing was changed.")
        return None

    def _take_in(self, call: _Call, report: SyncReport) -> Collection[str]:
        """Write what the delivery says; return the customers whose record may differ now."""
        session, options = call.session, call.options
        clear_scratch(self.states.folder)
        with rare_collections(), open_workspace(self.states.folder) as workspace:
            changes = Changes(session, workspace) if options.dry_run else None
            applied = DeliveryApplier(
                session,
                workspace,
                call.delivery,
                self.brands,
                call.quarantine,
                rules_in_force(self.brands),
                accepted=None if options.reread else self._accepted(session),
                allow_removals=options.allow_removals,
                progress=call.progress.rows,
                changes=changes,
            ).apply()
            self._retry_refused(session)
            refresh_record_hashes(session, applied.touched)
            report.tables, report.quarantined = applied.tables, call.quarantine.count
            report.reasons = call.quarantine.by_reason()
            if changes is not None:
                report.changing, report.changes = changes.count(), changes.first(_SHOWN_CUSTOMERS)
                if options.changes_file is not None:
                    changes.write(options.changes_file)
                return applied.touched
            # Before the directory says so: a state nobody names is no state, one that is named must be there.
            state = None if applied.state is None else self.states.save(applied.state)
            self._note_applied(call, report, state)
            return applied.touched

    def _accepted(self, session: Session) -> Accepted | None:
        last = last_applied(session)
        return None if last is None else self.states.load(last.accepted_state)

    def _forget_other_states(self, session: Session) -> None:
        last = last_applied(session)
        self.states.forget_all_but(None if last is None else last.accepted_state)

    def _retry_refused(self, session: Session) -> None:
        """What Keycloak refused may be accepted after a new delivery, which may have freed what stood in its way."""
        refused = select(Customer.customer_code).where(Customer.push_refusal.is_not(None))
        if session.scalar(refused.limit(1)) is not None:
            session.execute(update(Customer).where(Customer.push_refusal.is_not(None)).values(push_pending=True))

    def _note_applied(self, call: _Call, report: SyncReport, state: str | None) -> None:
        if call.options.correction:
            last = last_applied(call.session)
            assert last is not None  # noqa: S101 - `_before` saw it
            last.accepted_state = state
            return
        call.session.add(
            AppliedDelivery(
                sequence=call.delivery.manifest.sequence,
                checksum=call.delivery.manifest.checksum,
                mode=call.delivery.manifest.mode.value,
                quarantined=report.quarantined,
                summary=json.dumps({file: asdict(counts) for file, counts in report.tables.items()}),
                applied_at=self.clock.now(),
                pushed_at=None,
                accepted_state=state,
            )
        )

    def _mark_pushed(self, session: Session, sequence: int) -> None:
        delivery = session.get(AppliedDelivery, sequence)
        if delivery is not None and delivery.pushed_at is None:
            delivery.pushed_at = self.clock.now()
            session.commit()
