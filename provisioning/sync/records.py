"""What Keycloak is told of a customer: the record of the bulk resource (docs/contracts.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from domain.access_mobile import MobileOnFile, access_mobile, rank_mobiles
from domain.contacts import Channel
from provisioning.directory.bulk import among, update_rows
from provisioning.directory.models import ChangeState, Customer, CustomerContact, MobileChange, table_of

_CHUNK = 5000
_AS_JSON = json.JSONEncoder(sort_keys=True)
_CUSTOMERS, _CONTACTS, _CHANGES = table_of(Customer), table_of(CustomerContact), table_of(MobileChange)
_CODE, _HASH = _CUSTOMERS.c["customer_code"], _CUSTOMERS.c["record_hash"]
_TOLD = (
    *("customer_code", "kind", "first_name", "last_name", "company_name"),
    *("tax_code", "vat_number", "agency_code", "scheme", "status"),
)
_CONTACT = ("customer_code", "channel", "value", "certified", "roles", "updated_at")


def best_mobiles(session: Session, codes: Collection[str]) -> dict[str, MobileOnFile]:
    """Return the mobile that the agency's records of these customers rank first, for those who have one."""
    mobiles: dict[str, dict[str, MobileOnFile]] = {}
    for row in session.execute(_contacts_of(session, codes).where(_CONTACTS.c["channel"] == Channel.MOBILE.value)):
        mobiles.setdefault(row.customer_code, {})[row.value] = _mobile(row)
    return {code: theirs[rank_mobiles(theirs.values())[0]] for code, theirs in mobiles.items()}


def refresh_record_hashes(session: Session, codes: Collection[str]) -> int:
    """Recompute the records of these customers and mark those that differ as pending; return how many do."""
    pending = 0
    ordered = sorted(codes)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        stored = select(_CODE, _HASH).where(among(session.connection(), _CODE, chunk))
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
        update_rows(session.connection(), _CUSTOMERS, changed)
        pending += len(changed)
    return pending


def records_of(session: Session, codes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of these customers in the order of their codes."""
    contacts: dict[str, list[Row[Any]]] = {}
    # Ordered here: databases order texts each by its own language, and the digest of a record must not differ by it.
    for row in sorted(session.execute(_contacts_of(session, codes)), key=attrgetter("value")):
        contacts.setdefault(row.customer_code, []).append(row)
    released = select(_CHANGES.c["customer_code"], _CHANGES.c["mobile"]).where(
        _CHANGES.c["state"] == ChangeState.RELEASED, among(session.connection(), _CHANGES.c["customer_code"], codes)
    )
    mobiles = {row.customer_code: row.mobile for row in session.execute(released)}
    told = [_CUSTOMERS.c[name] for name in _TOLD]
    statement = select(*told).where(among(session.connection(), _CODE, codes)).order_by(_CODE)
    for customer in session.execute(statement):
        code = customer.customer_code
        yield _record(customer, contacts.get(code, []), mobiles.get(code))


def _record(customer: Row[Any], contacts: Sequence[Row[Any]], released: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        **customer._mapping,
        "emails": _values(contacts, Channel.EMAIL),
        "mobiles": _values(contacts, Channel.MOBILE),
        "landlines": _values(contacts, Channel.LANDLINE),
        "access_mobile": access_mobile(_mobiles(contacts)) or "",
    }
    if released is not None and released == record["access_mobile"]:
        record["access_mobile_released"] = True
    digest = hashlib.sha256(_AS_JSON.encode(record).encode()).hexdigest()
    return record | {"record_hash": digest}


def _contacts_of(session: Session, codes: Collection[str]) -> Select[Any]:
    held = select(*(_CONTACTS.c[name] for name in _CONTACT))
    return held.where(among(session.connection(), _CONTACTS.c["customer_code"], codes))


def _values(contacts: Iterable[Row[Any]], channel: Channel) -> list[str]:
    return [row.value for row in contacts if row.channel == channel.value]


def _mobiles(contacts: Iterable[Row[Any]]) -> Iterator[MobileOnFile]:
    for row in contacts:
        if row.channel == Channel.MOBILE.value:
            yield _mobile(row)


def _mobile(row: Row[Any]) -> MobileOnFile:
    return MobileOnFile(row.value, row.certified, "preferred" in row.roles, row.updated_at)
