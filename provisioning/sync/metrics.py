"""Metrics of a run for the textfile collector of Prometheus' node exporter."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from provisioning.directory.models import ChangeState, Customer, MobileChange, Run
from provisioning.sync.report import SyncReport
from provisioning.sync.runs import Outcome

_PREFIX = "area_clienti_sync"


def write_metrics(path: Path, engine: Engine, exit_code: int, report: SyncReport | None) -> None:
    """Write the file anew, whole or not at all; `report` is None for a run that was stopped.

    Raises `DBAPIError` when the directory does not answer: the old file then stays, and its age tells.
    """
    registry = CollectorRegistry()
    with Session(engine) as session:
        good = Run.outcome.in_((Outcome.DONE, Outcome.QUARANTINED))
        last = session.scalar(select(Run).order_by(Run.id.desc()).limit(1))
        last_good = session.scalar(select(func.max(Run.ended_at)).where(good))
        pending = session.scalar(select(func.count()).select_from(Customer).where(Customer.push_pending)) or 0
        waiting = session.scalar(
            select(func.count()).select_from(MobileChange).where(MobileChange.state == ChangeState.WAITING)
        )
    _gauge(registry, "waiting_mobiles", "New access mobiles of registered customers that wait.", waiting or 0)
    _gauge(registry, "exit_code", "Exit code of the last run.", exit_code)
    _gauge(registry, "pending_customers", "Customers Keycloak has still to be told of.", pending)
    if last is not None and last.ended_at is not None:
        _gauge(registry, "last_end_timestamp_seconds", "When the last run ended.", last.ended_at.timestamp())
        length = (last.ended_at - last.started_at).total_seconds()
        _gauge(registry, "duration_seconds", "How long the last run took.", length)
    if last_good is not None:
        when = last_good.timestamp()
        _gauge(
            registry, "last_success_timestamp_seconds", "When a run last took a delivery in and told Keycloak.", when
        )
    if report is not None:
        _of_report(registry, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)


def _of_report(registry: CollectorRegistry, report: SyncReport) -> None:
    _gauge(registry, "sequence", "Sequence of the last delivery.", report.sequence)
    rows = Gauge(f"{_PREFIX}_rows", "Rows of the last delivery.", ("file", "result"), registry=registry)
    for file, counts in report.tables.items():
        for result in ("inserted", "updated", "removed", "unchanged", "quarantined", "repeated"):
            rows.labels(file, result).set(getattr(counts, result))
    records = Gauge(f"{_PREFIX}_records", "Records of the last push.", ("realm", "result"), registry=registry)
    for brand, pushed in report.pushes.items():
        for result in ("created", "updated", "unchanged", "refused"):
            records.labels(brand, result).set(getattr(pushed, result))


def _gauge(registry: CollectorRegistry, name: str, what: str, value: float) -> None:
    Gauge(f"{_PREFIX}_{name}", what, registry=registry).set(value)
