"""Tells Keycloak of the customers that are pending, several batches at once.

Each batch is recorded when its answer is in: a run that is cut off loses at most the record of the batches under way,
which Keycloak then answers with «unchanged».
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from domain.clock import Clock
from provisioning.directory.bulk import among, update_rows
from provisioning.directory.models import Customer, table_of
from provisioning.errors import ProvisioningError, UnreachableError
from provisioning.sync.keycloak import MAX_RECORDS, CustomerDirectory, RecordResult
from provisioning.sync.mobile_changes import note_answers
from provisioning.sync.records import records_of
from provisioning.sync.report import PushCounts, SyncReport

REFUSED = "refused"
# Keycloak could not tell a customer what it must tell first: the same record is sent again.
_NOT_NOW = "contacts_not_told"
REQUESTS_AT_ONCE = 4
# As the partial index says it: SQLite passes over the index for anything else.
_PENDING = text("push_pending")

_Answer = Future[list[RecordResult]]


def count_pending(session: Session, brands: Collection[str]) -> int:
    """Return how many customers Keycloak has still to be told of."""
    statement = select(func.count()).select_from(Customer).where(_PENDING, Customer.brand.in_(brands))
    return session.scalar(statement) or 0


def push_pending(
    session: Session,
    keycloak: CustomerDirectory,
    brands: Collection[str],
    *,
    report: SyncReport,
    clock: Clock,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Push every pending customer, committing as the answers come; fills `report`.

    Raises what `CustomerDirectory.upsert` raises, after the answers of the other batches under way are recorded, and
    `UnreachableError` when all were but some customers could not be told what they must be.
    """
    postponed = 0
    with ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="push") as requests:
        for brand in sorted(brands):
            push = _BrandPush(session, keycloak, brand, report=report, clock=clock, progress=progress)
            postponed += push.run(requests)
    if postponed:
        raise UnreachableError(
            "bridge_unreachable",
            f"{postponed} customers could not be told of a new number, because the bridge does not answer Keycloak; "
            "nothing is lost, run the same command again to finish it.",
        )


class _BrandPush:
    """The pending customers of one brand on their way. Only the caller's thread touches the session."""

    def __init__(
        self,
        session: Session,
        keycloak: CustomerDirectory,
        brand: str,
        *,
        report: SyncReport,
        clock: Clock,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._session = session
        self._keycloak = keycloak
        self._brand = brand
        self._report = report
        self._clock = clock
        self._progress = progress
        self._postponed = 0
        self._under_way: set[_Answer] = set()

    def run(self, requests: ThreadPoolExecutor) -> int:
        """Push; return how many records are to be sent again another time."""
        try:
            for records in self._batches():
                self._under_way.add(requests.submit(self._keycloak.upsert, self._brand, records))
                if len(self._under_way) == REQUESTS_AT_ONCE:
                    self._record(wait(self._under_way, return_when=FIRST_COMPLETED).done)
            self._record(wait(self._under_way).done)
        except ProvisioningError:
            self._record(one for one in wait(self._under_way).done if one.exception() is None)
            raise
        return self._postponed

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield records in the order of their codes, each scan of the index going on where the last one ended."""
        last = ""
        pending = select(Customer.customer_code).where(_PENDING, Customer.brand == self._brand)
        ordered = pending.order_by(Customer.customer_code).limit(MAX_RECORDS)
        while codes := self._session.scalars(ordered.where(Customer.customer_code > last)).all():
            last = codes[-1]
            yield list(records_of(self._session, codes))

    def _record(self, answers: Iterable[_Answer]) -> None:
        for answer in answers:
            self._under_way.discard(answer)
            answered = answer.result()
            results = [one for one in answered if one.code != _NOT_NOW]
            self._postponed += len(answered) - len(results)
            _record_results(self._session, results)
            waiting = note_answers(self._session, [one for one in results if one.outcome != REFUSED], self._clock.now())
            self._session.commit()
            self._count(results, waiting)
            if self._progress is not None:
                self._progress(len(answered))

    def _count(self, results: Sequence[RecordResult], waiting: int) -> None:
        counts = self._report.pushes.setdefault(self._brand, PushCounts())
        counts.waiting_mobiles += waiting
        for result in results:
            setattr(counts, result.outcome, getattr(counts, result.outcome) + 1)
            if result.outcome == REFUSED:
                self._report.refusals.append((result.customer_code, result.code or REFUSED))


def _record_results(session: Session, results: Sequence[RecordResult]) -> None:
    refused: Mapping[str, str] = {one.customer_code: one.code or REFUSED for one in results if one.outcome == REFUSED}
    taken = [one.customer_code for one in results if one.customer_code not in refused]
    settled = {"push_pending": False, "push_refusal": None}
    connection, customers = session.connection(), table_of(Customer)
    session.execute(update(customers).where(among(connection, customers.c["customer_code"], taken)).values(settled))
    update_rows(
        connection,
        customers,
        [{"customer_code": code, "push_pending": False, "push_refusal": why} for code, why in refused.items()],
    )
