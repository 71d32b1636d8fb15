"""One run of sync, from an opened delivery to Keycloak."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.clock import Clock
from provisioning.directory.models import Customer
from provisioning.directory.models import Delivery as AppliedDelivery
from provisioning.feed.manifest import Delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.sync.accepted import Accepted, AcceptedStates, rules_in_force
from provisioning.sync.apply import DeliveryApplier
from provisioning.sync.keycloak import CustomerDirectory
from provisioning.sync.lock import only_run
from provisioning.sync.push import count_pending, push_pending
from provisioning.sync.records import refresh_record_hashes
from provisioning.sync.report import SyncReport
from provisioning.sync.sequence import applied_before, last_applied
from provisioning.sync.table import Progress
from provisioning.sync.workspace import clear_scratch, open_workspace


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to run.

    `dry_run` writes nothing, `push_all` tells Keycloak of every customer again, `reread` reads every row again,
    whatever the accepted state says.
    """

    dry_run: bool = False
    allow_removals: bool = False
    push_all: bool = False
    reread: bool = False


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
    """The parts a run works with; `brands` are the ids of the brands, `states` where accepted states lie."""

    engine: Engine
    keycloak: CustomerDirectory
    brands: Collection[str]
    clock: Clock
    states: AcceptedStates

    def run(
        self,
        delivery: Delivery,
        quarantine: Quarantine,
        options: SyncOptions = SyncOptions(),
        progress: SyncProgress = SILENT,
    ) -> SyncReport:
        """Apply the delivery if it is new, then push what is pending; raises `ProvisioningError`."""
        with only_run(self.engine), Session(self.engine, expire_on_commit=False) as session:
            report = self._apply(_Call(session, delivery, quarantine, options, progress))
            report.pending = count_pending(session, self.brands)
            if options.dry_run:
                session.rollback()
                return report
            if progress.pushing is not None:
                progress.pushing(report.pending)
            push_pending(session, self.keycloak, self.brands, report, progress.pushed)
            self._mark_pushed(session, delivery.manifest.sequence)
            return report

    def _apply(self, call: _Call) -> SyncReport:
        session = call.session
        report = SyncReport(call.delivery.manifest.sequence, dry_run=call.options.dry_run)
        before = applied_before(session, call.delivery.manifest)
        if call.options.push_all:
            session.execute(update(Customer).where(Customer.push_pending.is_(False)).values(push_pending=True))
        if before is not None:
            report.already_applied = True
            # A run that finishes an earlier one still owes the operator its quarantine.
            report.quarantined = before.quarantined if before.pushed_at is None else 0
        else:
            self._take_in(call, report)
        if not call.options.dry_run and session.in_transaction():
            session.commit()
            self._forget_other_states(session)
        return report

    def _take_in(self, call: _Call, report: SyncReport) -> None:
        session, options = call.session, call.options
        clear_scratch(self.states.folder)
        with open_workspace(self.states.folder) as workspace:
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
            ).apply()
            self._retry_refused(session)
            refresh_record_hashes(session, applied.touched)
            report.tables, report.quarantined = applied.tables, call.quarantine.count
            # Before the directory says so: a state nobody names is no state, one that is named must be there.
            state = None if options.dry_run or applied.state is None else self.states.save(applied.state)
            session.add(self._applied(call.delivery, report, state))

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

    def _applied(self, delivery: Delivery, report: SyncReport, state: str | None) -> AppliedDelivery:
        return AppliedDelivery(
            sequence=delivery.manifest.sequence,
            checksum=delivery.manifest.checksum,
            mode=delivery.manifest.mode.value,
            quarantined=report.quarantined,
            summary=json.dumps({file: asdict(counts) for file, counts in report.tables.items()}),
            applied_at=self.clock.now(),
            pushed_at=None,
            accepted_state=state,
        )

    def _mark_pushed(self, session: Session, sequence: int) -> None:
        delivery = session.get(AppliedDelivery, sequence)
        if delivery is not None and delivery.pushed_at is None:
            delivery.pushed_at = self.clock.now()
            session.commit()
