"""The record of runs: when, with which delivery, how it ended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.clock import Clock
from provisioning.directory.models import Run
from provisioning.errors import ProvisioningError
from provisioning.sync.report import SyncReport


class Outcome(StrEnum):
    """How a run ended; a run that is `cut_off` never said so itself."""

    RUNNING = "running"
    DONE = "done"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut_off"


_BY_EXIT_CODE = {2: Outcome.REFUSED, 3: Outcome.UNREACHABLE}


@dataclass(frozen=True, slots=True)
class RunLog:
    """Writes the record, each entry in a transaction of its own; the caller holds the run lock."""

    engine: Engine
    clock: Clock

    def begin(self, sequence: int, kind: str) -> int:
        """Note that a run begins; those that never ended were cut off, since only one runs at a time."""
        with Session(self.engine) as session, session.begin():
            session.execute(update(Run).where(Run.outcome == Outcome.RUNNING).values(outcome=Outcome.CUT_OFF))
            run = Run(
                sequence=sequence,
                kind=kind,
                started_at=self.clock.now(),
                outcome=Outcome.RUNNING,
                error="",
                report="",
            )
            session.add(run)
            session.flush()
            return run.id

    def end(self, run_id: int, report: SyncReport) -> None:
        """Note what a run did."""
        outcome = Outcome.DONE if report.is_clean else Outcome.QUARANTINED
        self._end(run_id, outcome, "", report.to_json())

    def fail(self, run_id: int, error: ProvisioningError) -> None:
        """Note what stopped a run; where the database is what is away, the next run says that it was cut off."""
        with suppress(DBAPIError):
            self._end(run_id, _BY_EXIT_CODE[error.exit_code], error.code, "")

    def _end(self, run_id: int, outcome: Outcome, error: str, report: str) -> None:
        with Session(self.engine) as session, session.begin():
            run = session.get_one(Run, run_id)
            run.ended_at, run.outcome, run.error, run.report = self.clock.now(), outcome, error, report


def last_runs(session: Session, count: int) -> list[Run]:
    """Return the newest runs, newest first."""
    return list(session.scalars(select(Run).order_by(Run.id.desc()).limit(count)))
