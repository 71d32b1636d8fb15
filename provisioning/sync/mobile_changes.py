"""New access mobiles of registered customers, until they apply (docs/decisions/0029).

Keycloak alone knows who is registered: its answer says which record named a number that must wait, and whether the
customer's former contacts could be told. Whether the wait is over is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from provisioning.directory.models import ChangeState, Customer, MobileChange
from provisioning.errors import RefusedError
from provisioning.sync.keycloak import RecordResult
from provisioning.sync.records import best_mobiles, refresh_record_hashes

_CHUNK = 1000


def note_answers(session: Session, results: Sequence[RecordResult], now: datetime) -> int:
    """Note which numbers wait, and forget those that do not any more; return how many wait."""
    known = {one.customer_code: one for one in session.scalars(_of([result.customer_code for result in results]))}
    for result in results:
        change = known.get(result.customer_code)
        if result.waiting_mobile is None:
            if change is not None and change.state != ChangeState.RELEASED:
                session.delete(change)
            continue
        if change is not None and change.mobile == result.waiting_mobile:
            change.told_at = change.told_at or (now if result.contacts_told else None)
            continue
        if change is not None:
            session.delete(change)
            session.flush()
        session.add(
            MobileChange(
                customer_code=result.customer_code,
                mobile=result.waiting_mobile,
                state=ChangeState.WAITING,
                noticed_at=now,
                told_at=now if result.contacts_told else None,
                decided_at=None,
                decided_by="",
            )
        )
    return sum(result.waiting_mobile is not None for result in results)


def settle(session: Session, touched: Collection[str], now: datetime, hold: timedelta) -> None:
    """Release what is certified, of which the customer was told, and whose hold is over.

    Changes to numbers that the agency does not rank first any more are forgotten. `touched` are the customers whose
    contacts this run may have changed.
    """
    changed: set[str] = set()
    for changes in _to_look_at(session, touched):
        best = best_mobiles(session, [change.customer_code for change in changes])
        for change in changes:
            first = best.get(change.customer_code)
            if first is None or first.value != change.mobile:
                session.delete(change)
                changed.add(change.customer_code)
            elif change.state == ChangeState.WAITING and first.certified and _is_over(change, now, hold):
                change.state, change.decided_at = ChangeState.RELEASED, now
                changed.add(change.customer_code)
    session.flush()
    refresh_record_hashes(session, changed)


def decide(session: Session, change_id: int, *, release: bool, by: str, now: datetime) -> None:
    """Release or refuse a change that waits, or was refused; raises `RefusedError`."""
    change = session.get(MobileChange, change_id)
    if change is None:
        raise RefusedError("change_unknown", f"There is no change {change_id}: list them again.")
    if change.state == ChangeState.RELEASED:
        raise RefusedError("change_released", f"The change {change_id} was released already.")
    first = best_mobiles(session, [change.customer_code]).get(change.customer_code)
    if release and (first is None or first.value != change.mobile):
        raise RefusedError("change_outdated", f"The agency does not rank the number of {change_id} first any more.")
    change.state = ChangeState.RELEASED if release else ChangeState.REFUSED
    change.decided_at, change.decided_by = now, by
    session.flush()
    refresh_record_hashes(session, [change.customer_code])


@dataclass(frozen=True, slots=True)
class Listed:
    """A change as operators see it; `certified` says whether the agency certifies the number today."""

    change: MobileChange
    brand: str
    certified: bool


def listed(session: Session, *, everything: bool) -> list[Listed]:
    """Return the changes that wait, or all, oldest first."""
    statement = select(MobileChange, Customer.brand).join(
        Customer, Customer.customer_code == MobileChange.customer_code
    )
    if not everything:
        statement = statement.where(MobileChange.state == ChangeState.WAITING)
    rows = session.execute(statement.order_by(MobileChange.id)).all()
    found: list[Listed] = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        best = best_mobiles(session, [change.customer_code for change, _ in chunk])
        for change, brand in chunk:
            first = best.get(change.customer_code)
            certified = first is not None and first.value == change.mobile and first.certified
            found.append(Listed(change, brand, certified))
    return found


def _of(codes: Sequence[str]) -> Select[MobileChange]:
    return select(MobileChange).where(MobileChange.customer_code.in_(codes))


def _to_look_at(session: Session, touched: Collection[str]) -> Iterator[list[MobileChange]]:
    """Yield the changes that wait, and those of customers this run touched."""
    waits = MobileChange.state == ChangeState.WAITING
    codes = session.scalars(select(MobileChange.customer_code).where(waits)).all()
    if session.scalar(select(MobileChange.id).where(~waits).limit(1)) is not None:
        codes = sorted({*codes, *touched})
    for start in range(0, len(codes), _CHUNK):
        if changes := list(session.scalars(_of(codes[start : start + _CHUNK]))):
            yield changes


def _is_over(change: MobileChange, now: datetime, hold: timedelta) -> bool:
    return change.told_at is not None and change.told_at + hold <= now
