"""What Keycloak is told of a customer: the record of the bulk resource (docs/contracts.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from domain.access_mobile import MobileOnFile, access_mobile, rank_mobiles
from domain.contacts import Channel
from provisioning.directory.models import ChangeState, Customer, CustomerContact, MobileChange

_CHUNK = 1000
# Columns and not objects: a million customers pass here.
_CUSTOMER = tuple(
    getattr(Customer, name)
    for name in (
        *("customer_code", "kind", "first_name", "last_name", "company_name"),
        *("tax_code", "vat_number", "agency_code", "scheme", "status"),
    )
)
_CONTACT = tuple(
    getattr(CustomerContact, name) for name in ("customer_code", "channel", "value", "certified", "roles", "updated_at")
)


def best_mobiles(session: Session, codes: Collection[str]) -> dict[str, MobileOnFile]:
    """Return the mobile that the agency's records of these customers rank first, for those who have one."""
    held = select(*_CONTACT).where(
        CustomerContact.customer_code.in_(codes), CustomerContact.channel == Channel.MOBILE.value
    )
    mobiles: dict[str, dict[str, MobileOnFile]] = {}
    for row in session.execute(held):
        mobiles.setdefault(row.customer_code, {})[row.value] = _mobile(row)
    return {code: theirs[rank_mobiles(theirs.values())[0]] for code, theirs in mobiles.items()}


def refresh_record_hashes(session: Session, codes: Collection[str]) -> int:
    """Recompute the records of these customers and mark those that differ as pending; return how many do."""
    pending = 0
    ordered = sorted(codes)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        stored = select(Customer.customer_code, Customer.record_hash).where(Customer.customer_code.in_(chunk))
        known = {row.customer_code: row.record_hash for row in session.execute(stored)}
        changed = [
            {
                "customer_code": record["customer_code"],
                "record_hash": record["record_hash"],
                "push_pending": True,
                "push_refusal": None,
            }
            for record in records_of(session, chunk)
            if known[record["customer_code"]] != record["record_hash"]
        ]
        if changed:
            session.execute(update(Customer), changed)
        pending += len(changed)
    return pending


def records_of(session: Session, codes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of these customers in the order of their codes."""
    contacts: dict[str, list[Row[Any]]] = {}
    held = select(*_CONTACT).where(CustomerContact.customer_code.in_(codes))
    # Ordered here: databases order texts each by its own language, and the digest of a record must not differ by it.
    for row in sorted(session.execute(held), key=lambda row: row.value):
        contacts.setdefault(row.customer_code, []).append(row)
    released = select(MobileChange.customer_code, MobileChange.mobile).where(
        MobileChange.customer_code.in_(codes), MobileChange.state == ChangeState.RELEASED
    )
    mobiles = {row.customer_code: row.mobile for row in session.execute(released)}
    statement = select(*_CUSTOMER).where(Customer.customer_code.in_(codes)).order_by(Customer.customer_code)
    for customer in session.execute(statement):
        code = customer.customer_code
        yield _record(customer, contacts.get(code, []), mobiles.get(code))


def _record(customer: Row[Any], contacts: Sequence[Row[Any]], released: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "customer_code": customer.customer_code,
        "kind": customer.kind,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company_name": customer.company_name,
        "tax_code": customer.tax_code,
        "vat_number": customer.vat_number,
        "agency_code": customer.agency_code,
        "scheme": customer.scheme,
        "status": customer.status,
        "emails": _values(contacts, Channel.EMAIL),
        "mobiles": _values(contacts, Channel.MOBILE),
        "landlines": _values(contacts, Channel.LANDLINE),
        "access_mobile": access_mobile(_mobiles(contacts)) or "",
    }
    if released is not None and released == record["access_mobile"]:
        record["access_mobile_released"] = True
    digest = hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
    return record | {"record_hash": digest}


def _values(contacts: Iterable[Row[Any]], channel: Channel) -> list[str]:
    return [row.value for row in contacts if row.channel == channel.value]


def _mobiles(contacts: Iterable[Row[Any]]) -> Iterator[MobileOnFile]:
    for row in contacts:
        if row.channel == Channel.MOBILE.value:
            yield _mobile(row)


def _mobile(row: Row[Any]) -> MobileOnFile:
    return MobileOnFile(row.value, row.certified, "preferred" in row.roles, row.updated_at)
