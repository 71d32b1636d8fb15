"""Tells Keycloak of the customers that are pending, batch by batch.

Each batch is recorded when its answer is in: a run that is cut off loses at most the record of one batch, which
Keycloak then answers with «unchanged».
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from provisioning.directory.models import Customer
from provisioning.sync.keycloak import MAX_RECORDS, CustomerDirectory, RecordResult
from provisioning.sync.records import records_of
from provisioning.sync.report import PushCounts, SyncReport

REFUSED = "refused"


def count_pending(session: Session, brands: Collection[str]) -> int:
    """Return how many customers Keycloak has still to be told of."""
    statement = select(func.count()).where(Customer.push_pending, Customer.brand.in_(brands))
    return session.scalar(statement) or 0


def push_pending(
    session: Session,
    keycloak: CustomerDirectory,
    brands: Collection[str],
    report: SyncReport,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Push every pending customer, committing after each batch; fills `report`."""
    for brand in sorted(brands):
        while codes := _next_codes(session, brand):
            results = keycloak.upsert(brand, list(records_of(session, codes)))
            _record_results(session, results)
            session.commit()
            _count(report, brand, results)
            if progress is not None:
                progress(len(results))


def _next_codes(session: Session, brand: str) -> Sequence[str]:
    statement = select(Customer.customer_code).where(Customer.push_pending, Customer.brand == brand)
    return session.scalars(statement.order_by(Customer.customer_code).limit(MAX_RECORDS)).all()


def _record_results(session: Session, results: Sequence[RecordResult]) -> None:
    session.execute(
        update(Customer),
        [
            {
                "customer_code": result.customer_code,
                "push_pending": False,
                "push_refusal": (result.code or REFUSED) if result.outcome == REFUSED else None,
            }
            for result in results
        ],
    )


def _count(report: SyncReport, brand: str, results: Sequence[RecordResult]) -> None:
    counts = report.pushes.setdefault(brand, PushCounts())
    for result in results:
        setattr(counts, result.outcome, getattr(counts, result.outcome) + 1)
        if result.outcome == REFUSED:
            report.refusals.append((result.customer_code, result.code or REFUSED))
