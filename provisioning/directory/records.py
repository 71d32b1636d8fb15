"""What the directory's queries return: frozen records, already limited to what their reader may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.contacts import Contact
from domain.customers import CustomerKind, CustomerStatus


class PolicyRole(StrEnum):
    """What a customer is to a policy."""

    HOLDER = "holder"
    INSURED = "insured"


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact on file; `roles` of `preferred`, `dematerialisation`, `fea`."""

    contact: Contact
    certified: bool
    roles: frozenset[str]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as the agency knows it; texts that do not apply are empty."""

    customer_code: str
    brand: str
    kind: CustomerKind
    status: CustomerStatus
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    company_name: str = field(repr=False)
    tax_code: str = field(repr=False)
    vat_number: str = field(repr=False)
    agency_code: str
    scheme: str
    contacts: tuple[ContactRecord, ...]


@dataclass(frozen=True, slots=True)
class AgencyRecord:
    """An agency, with what a customer needs to reach it."""

    agency_code: str
    name: str
    email: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An address of the agency's records; `kind` is `residence` or `domicile`."""

    kind: str
    street: str
    postal_code: str
    city: str
    province: str
    country: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InsuredRecord:
    """Someone insured under a policy; `is_self` when it is the customer who asks."""

    full_name: str
    is_self: bool
    is_family: bool


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy as one customer may see it.

    For an insured who is not the holder the amounts, frequency and payment flags are None, and `insured_persons` are
    that customer and the family alone. Amounts are in euro; `expires_on` is None for open-ended policies.
    """

    policy_number: str
    role: PolicyRole
    branch: str
    product_name: str
    is_active: bool
    effective_on: date
    expires_on: date | None
    is_company_policy: bool
    coverages: tuple[str, ...]
    premium_eur: Decimal | None = None
    frequency: str | None = None
    direct_debit: bool | None = None
    additional_payment: bool | None = None
    iot_amount_eur: Decimal | None = None
    insured_persons: tuple[InsuredRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class InstalmentRecord:
    """An instalment; `kind` is `first`, `regular`, `adjustment` or `completion`, `status` `due` or `paid`."""

    instalment_id: str
    policy_number: str
    kind: str
    payable_online: bool
    due_on: date
    amount_eur: Decimal
    is_paid: bool
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of a policy; `path` is relative to the store of documents."""

    document_id: str
    policy_number: str
    kind: str
    title: str
    issued_on: date
    path: str = field(repr=False)
