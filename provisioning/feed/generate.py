"""Synthetic deliveries of any size: the same seed, size and day make the same bytes."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from provisioning.feed.build import ContactDraft, DeliveryBuilder, email, landline, mobile
from provisioning.feed.manifest import Mode
from provisioning.feed.people import (
    COMPANY_WORDS,
    LEGAL_FORMS,
    MAIL_DOMAINS,
    MEN,
    MOBILE_PREFIXES,
    PRODUCTS,
    STREETS,
    SURNAMES,
    WOMEN,
)
from provisioning.feed.tax_ids import TOWNS, tax_code, vat_number
from provisioning.feed.writer import DeliveryWriter

DEFAULT_DAY = date(2026, 11, 1)
_LIFE = tuple(branch for branch in PRODUCTS if branch != "aziende")
# Has no divisor in common with the nine million numbers of a prefix: serials and numbers pair off one to one.
_SPREAD = 7_654_321


def generate(
    folder: Path,
    *,
    brands: Sequence[str],
    customers: int,
    seed: int,
    sequence: int = 1,
    today: date = DEFAULT_DAY,
    mode: Mode = Mode.FULL,
    first: int = 1,
) -> None:
    """Write a delivery of `customers` customers of these brands, more of the first than of the last.

    `first` is the number that codes and contacts begin with: a delta may add to customers who are there.
    """
    generated_at = datetime(today.year, today.month, today.day, 2, tzinfo=UTC)
    with DeliveryWriter(folder, sequence=sequence, generated_at=generated_at, mode=mode) as writer:
        builder = DeliveryBuilder(writer, today, brands, first)
        agencies = {brand: [builder.agency(brand, i, TOWNS[i]) for i in range(10)] for brand in brands}
        SyntheticCustomers(builder, agencies, random.Random(seed), today, first).add(customers)  # noqa: S311


class SyntheticCustomers:
    """Adds believable customers one after the other."""

    def __init__(
        self, builder: DeliveryBuilder, agencies: dict[str, list[str]], dice: random.Random, today: date, first: int = 1
    ) -> None:
        self._builder = builder
        self._agencies = agencies
        self._brands = tuple(agencies)
        # Two brands share their customers six to four.
        self._shares = [2 * (len(agencies) - place) + 2 for place in range(len(agencies))]
        self._dice = dice
        self._today = today
        self._serial = first - 1
        self._last_contact: dict[str, ContactDraft] = {}

    def add(self, count: int) -> None:
        """Add that many customers, each with policies."""
        for _ in range(count):
            self._serial += 1
            brand = self._dice.choices(self._brands, self._shares)[0]
            kind = self._dice.choices(("person", "professional", "company"), (85, 8, 7))[0]
            self._add_customer(brand, kind)

    def _add_customer(self, brand: str, kind: str) -> None:
        dice = self._dice
        female = dice.random() < 0.5
        first, last = dice.choice(WOMEN if female else MEN), dice.choice(SURNAMES)
        town = dice.choice(TOWNS)
        born = date(1940, 1, 1) + timedelta(days=dice.randrange(65 * 365))
        vat = vat_number(self._serial % 10_000_000)
        company = f"{dice.choice(COMPANY_WORDS)} {last} {dice.choice(LEGAL_FORMS)}"
        is_company = kind == "company"
        code = self._builder.customer(
            brand,
            kind,
            dice.choice(self._agencies[brand]),
            first_name="" if is_company else first,
            last_name="" if is_company else last,
            company_name=company if is_company else "",
            tax_code=vat if is_company else tax_code(first, last, born, town[0], female=female),
            vat_number="" if kind == "person" else vat,
            status="ceased" if dice.random() < 0.02 else "active",
            contacts=self._contacts(brand, first, last),
            town=town,
            street=f"{dice.choice(STREETS)} {dice.randrange(1, 150)}",
        )
        self._add_policies(code, f"{first} {last}", is_company=is_company)

    def _contacts(self, brand: str, first: str, last: str) -> list[ContactDraft]:
        dice = self._dice
        contacts = []
        if dice.random() < 0.85:
            contacts.append(email(f"{_plain(first)}.{_plain(last)}.{self._serial}@{dice.choice(MAIL_DOMAINS)}"))
        if dice.random() < 0.93:
            number = f"{MOBILE_PREFIXES[self._serial % 10]}{1_000_000 + self._serial * _SPREAD % 9_000_000:07d}"
            contacts.append(mobile(number, "preferred", certified=dice.random() < 0.5))
        if dice.random() < 0.1:
            contacts.append(landline(f"02 {dice.randrange(10_000_000, 99_999_999)}"))
        if dice.random() < 0.02 and brand in self._last_contact:
            contacts = [self._last_contact[brand]]
        if contacts:
            self._last_contact[brand] = contacts[0]
        return contacts

    def _add_policies(self, code: str, full_name: str, *, is_company: bool) -> None:
        dice = self._dice
        for _ in range(dice.choices((1, 2, 3), (6, 3, 1))[0]):
            branch = "aziende" if is_company else dice.choice(_LIFE)
            number = self._builder.policy(
                code,
                branch,
                status="ceased" if dice.random() < 0.1 else "active",
                years=dice.randrange(1, 8),
                premium=Decimal(dice.randrange(120, 2400)),
                frequency=dice.choice(("annual", "half-yearly", "monthly")),
                company_policy=is_company,
                direct_debit=dice.random() < 0.2,
            )
            if not is_company:
                self._builder.insured(number, full_name, code)


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).lower()
    return "".join(char for char in decomposed if char.isascii() and char.isalpha())
