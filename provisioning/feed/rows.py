"""The rows of the feed: one model a file, read from text, validated, canonical.

Each row model extends a key model with the columns of the row key alone, which is all that a deletion needs.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from domain.contacts import Channel, ContactError, contact
from domain.customers import CustomerKind, CustomerStatus
from provisioning.feed import fields
from provisioning.feed.fields import invalid

ROLES = frozenset({"preferred", "dematerialisation", "fea"})
_SEPARATOR = "|"


class Row(BaseModel):
    """A row, or the key of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key_fields: ClassVar[tuple[str, ...]]

    @cached_property
    def key(self) -> str:
        """The row key as one text."""
        return _SEPARATOR.join(_text(getattr(self, name)) for name in self.key_fields)

    def columns(self) -> dict[str, Any]:
        """Return the row as the directory's columns: plain values, with `row_hash`."""
        values = self.model_dump()
        content = "\x1f".join(f"{name}={_text(value)}" for name, value in values.items())
        return values | {"row_hash": hashlib.blake2b(content.encode(), digest_size=16).digest()}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case frozenset():
            return ";".join(sorted(value))
        case tuple():
            return ";".join(value)
        case Decimal():
            return f"{value:.2f}"
        case _:
            return str(value)


def _brand(value: str, info: ValidationInfo) -> str:
    if info.context is not None and value not in info.context["brands"]:
        raise invalid("brand_unknown")
    return value


class AgencyKey(Row):
    """Key of `agencies.csv`."""

    key_fields = ("agency_code",)
    agency_code: fields.Code


class AgencyRow(AgencyKey):
    """A row of `agencies.csv`; the validation context names the known `brands`."""

    brand: fields.Code
    name: fields.Required
    email: fields.EmailOrEmpty
    phone: fields.Short
    address: fields.Line

    _known_brand = field_validator("brand")(_brand)


class CustomerKey(Row):
    """Key of `customers.csv`."""

    key_fields = ("customer_code",)
    customer_code: fields.Code


class CustomerRow(CustomerKey):
    """A row of `customers.csv`; the validation context names the known `brands`."""

    brand: fields.Code
    kind: CustomerKind
    first_name: fields.Name
    last_name: fields.Name
    company_name: fields.Name
    tax_code: fields.TaxCode
    vat_number: fields.VatNumber
    agency_code: fields.Code
    scheme: fields.Slug
    status: CustomerStatus
    updated_at: fields.Moment

    _known_brand = field_validator("brand")(_brand)

    @model_validator(mode="after")
    def _named(self) -> CustomerRow:
        if self.kind is CustomerKind.COMPANY:
            if not self.company_name:
                raise invalid("company_name_missing")
        elif not (self.first_name and self.last_name):
            raise invalid("name_missing")
        return self


class ContactKey(Row):
    """Key of `contacts.csv`; the value becomes canonical."""

    key_fields = ("customer_code", "channel", "value")
    customer_code: fields.Code
    channel: Channel
    value: str

    @field_validator("value")
    @classmethod
    def _canonical(cls, value: str, info: ValidationInfo) -> str:
        channel = info.data.get("channel")
        if channel is None:
            return value
        try:
            return contact(channel, value).value
        except ContactError as error:
            raise invalid(error.code) from None


class ContactRow(ContactKey):
    """A row of `contacts.csv`."""

    certified: fields.Flag
    roles: fields.Words
    updated_at: fields.Moment

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, roles: frozenset[str]) -> frozenset[str]:
        if roles - ROLES:
            raise invalid("role_unknown")
        return roles


class AddressKey(Row):
    """Key of `addresses.csv`."""

    key_fields = ("customer_code", "kind")
    customer_code: fields.Code
    kind: Literal["residence", "domicile"]


class AddressRow(AddressKey):
    """A row of `addresses.csv`."""

    street: fields.Required
    postal_code: fields.Short
    city: fields.Required
    province: fields.Province
    country: fields.Country
    updated_at: fields.Moment


class PolicyKey(Row):
    """Key of `policies.csv`."""

    key_fields = ("policy_number",)
    policy_number: fields.Code


class PolicyRow(PolicyKey):
    """A row of `policies.csv`."""

    customer_code: fields.Code
    branch: Literal["auto", "vita", "risparmio", "previdenza", "protezione", "casa", "infortuni", "malattia", "aziende"]
    product_name: fields.Required
    status: Literal["active", "ceased"]
    effective_on: fields.Day
    expires_on: fields.DayOrNone
    premium_eur: fields.EuroOrNone
    frequency: fields.Slug
    direct_debit: fields.Flag
    additional_payment: fields.Flag
    iot_amount_eur: fields.EuroOrNone
    company_policy: fields.Flag
    coverages: fields.Texts

    @model_validator(mode="after")
    def _in_order(self) -> PolicyRow:
        if self.expires_on is not None and self.expires_on < self.effective_on:
            raise invalid("expires_before_effect")
        return self


class InsuredPersonKey(Row):
    """Key of `insured_persons.csv`."""

    key_fields = ("policy_number", "customer_code", "full_name")
    policy_number: fields.Code
    customer_code: fields.CodeOrNone
    full_name: fields.Required


class InsuredPersonRow(InsuredPersonKey):
    """A row of `insured_persons.csv`."""

    family_of: fields.CodeOrNone


class InstalmentKey(Row):
    """Key of `instalments.csv`."""

    key_fields = ("instalment_id",)
    instalment_id: fields.Code


class InstalmentRow(InstalmentKey):
    """A row of `instalments.csv`."""

    policy_number: fields.Code
    kind: Literal["first", "regular", "adjustment", "completion"]
    payable_online: fields.Flag
    due_on: fields.Day
    amount_eur: fields.Euro
    status: Literal["due", "paid"]
    paid_on: fields.DayOrNone

    @model_validator(mode="after")
    def _paid_on_a_day(self) -> InstalmentRow:
        if (self.status == "paid") != (self.paid_on is not None):
            raise invalid("paid_on_disagrees")
        return self


class DocumentKey(Row):
    """Key of `documents.csv`."""

    key_fields = ("document_id",)
    document_id: fields.Code


class DocumentRow(DocumentKey):
    """A row of `documents.csv`; the path stays inside the store of documents."""

    policy_number: fields.Code
    kind: Literal["contract", "risk_certificate", "statement", "tax_certificate", "receipt"]
    title: fields.Required
    issued_on: fields.Day
    path: fields.Line

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        if not path or path.startswith("/") or "\\" in path or ".." in path.split("/"):
            raise invalid("path_not_inside")
        return path


class LinkedPersonKey(Row):
    """Key of `linked_persons.csv`."""

    key_fields = ("customer_code", "tax_code", "role")
    customer_code: fields.Code
    tax_code: fields.TaxCode
    role: Literal["legal_representative", "beneficial_owner"]

    @field_validator("tax_code")
    @classmethod
    def _given(cls, tax_code: str) -> str:
        if not tax_code:
            raise invalid("missing")
        return tax_code


class LinkedPersonRow(LinkedPersonKey):
    """A row of `linked_persons.csv`."""

    first_name: fields.Required
    last_name: fields.Required
    email: fields.EmailOrEmpty
    mobile: fields.MobileOrEmpty
