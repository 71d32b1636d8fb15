"""Which customers of a delivery can register, and with what: the list the local stack offers to whoever tries it."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.brands import Brand, Eligibility, NameForm
from domain.contacts import Channel, Contact, ContactError, contact
from domain.customers import CustomerKind, CustomerStatus

_Row = dict[str, str]


def customers_to_try(delivery: Path, brands: Iterable[Brand], first: Iterable[str]) -> list[_Row]:
    """Customers who can register, those with the codes in ``first`` before the others.

    Each has the keys of `provisioning.demo.FIELDS`; ``kind`` is the feed's, contacts are canonical, the best usable one
    of each channel. Whoever shares contact, kind and name with another is left out: the tax code decides there.
    """
    by_id = {brand.id: brand for brand in brands}
    contacts, policies = _contacts(delivery, by_id), _policies(delivery)
    found = {}
    for row in _rows(delivery, "customers"):
        brand = by_id[row["brand"]]
        reach = contacts[row["customer_code"]]
        if row["status"] == CustomerStatus.ACTIVE and reach and _eligible(brand, policies[row["customer_code"]], reach):
            found[row["customer_code"]] = _entry(row, brand, reach)
    ambiguous = Counter(key for entry in found.values() for key in _keys(entry))
    clear = {code: entry for code, entry in found.items() if all(ambiguous[key] == 1 for key in _keys(entry))}
    order = {code: place for place, code in enumerate(first)}
    return [clear[code] for code in sorted(clear, key=lambda code: (order.get(code, len(order)), code))]


def _eligible(brand: Brand, statuses: list[str], reach: dict[Channel, str]) -> bool:
    if brand.eligibility is Eligibility.ANY_POLICY:
        return bool(statuses)
    return "active" in statuses and Channel.MOBILE in reach


def _entry(row: _Row, brand: Brand, reach: dict[Channel, str]) -> _Row:
    by_company_name = brand.kind_of(CustomerKind(row["kind"])).name_form is NameForm.COMPANY
    company_name = row["company_name"] or f"{row['first_name']} {row['last_name']}"
    return {
        "brand": row["brand"],
        "kind": row["kind"],
        "customer_code": row["customer_code"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "company_name": company_name if by_company_name else "",
        "email": reach.get(Channel.EMAIL, ""),
        "mobile": reach.get(Channel.MOBILE, ""),
        "tax_code": row["tax_code"],
    }


def _keys(entry: _Row) -> list[tuple[str, ...]]:
    name = (entry["first_name"], entry["last_name"], entry["company_name"])
    reach = [entry[channel] for channel in ("email", "mobile") if entry[channel]]
    return [(entry["brand"], entry["kind"], *name, each) for each in reach]


def _contacts(delivery: Path, brands: dict[str, Brand]) -> defaultdict[str, dict[Channel, str]]:
    brand_of = {row["customer_code"]: brands[row["brand"]] for row in _rows(delivery, "customers")}
    reach: defaultdict[str, dict[Channel, str]] = defaultdict(dict)
    for row in sorted(_rows(delivery, "contacts"), key=lambda row: row["certified"], reverse=True):
        try:
            read: Contact = contact(Channel(row["channel"]), row["value"])
        except ContactError:
            continue
        prefixes = brand_of[row["customer_code"]].mobile_prefixes
        if read.channel is Channel.MOBILE and not read.value.startswith(tuple(f"+{prefix}" for prefix in prefixes)):
            continue
        if read.channel is not Channel.LANDLINE:
            reach[row["customer_code"]].setdefault(read.channel, read.value)
    return reach


def _policies(delivery: Path) -> defaultdict[str, list[str]]:
    status = {row["policy_number"]: row["status"] for row in _rows(delivery, "policies")}
    statuses: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(delivery, "policies"):
        statuses[row["customer_code"]].append(row["status"])
    for row in _rows(delivery, "insured_persons"):
        if row["customer_code"]:
            statuses[row["customer_code"]].append(status[row["policy_number"]])
    return statuses


def _rows(delivery: Path, name: str) -> Iterator[_Row]:
    with (delivery / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
