"""The tables of the directory.

Each table of the feed has a text primary key made of the feed's row key (`row_key` where it has several columns)
and `row_hash`, a digest of the row as delivered: equal digests mean that there is nothing to write.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import cast

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from provisioning.directory.types import Euro, UtcDateTime, WordList, WordSet

Code = String(64)
Name = String(200)
Digest = LargeBinary(16)


class Base(DeclarativeBase):
    """Base of the directory's tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        Decimal: Euro,
        str: Name,
        frozenset[str]: WordSet,
        tuple[str, ...]: WordList,
        bytes: Digest,
    }


def table_of(model: type[Base]) -> Table:
    """Return the table alone, for statements about many rows: no object is made of them."""
    return cast("Table", model.__table__)


class Agency(Base):
    """`agencies.csv`."""

    __tablename__ = "directory_agencies"

    agency_code: Mapped[str] = mapped_column(Code, primary_key=True)
    brand: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(300))
    row_hash: Mapped[bytes]


class Customer(Base):
    """`customers.csv`, and what of it Keycloak has been told.

    `removed`: absent from the last full delivery; such a customer is ceased and kept, so that the account is closed
    and its history stays. `record_hash` is the digest of the record for Keycloak, `push_pending` whether Keycloak
    still has to be told, `push_refusal` the code with which Keycloak refused the record last.
    """

    __tablename__ = "directory_customers"
    __table_args__ = (
        Index(None, "brand", "tax_code"),
        Index(None, "brand", "vat_number"),
        Index(
            "ix_directory_customers_push_pending",
            "brand",
            "customer_code",
            sqlite_where=text("push_pending"),
            postgresql_where=text("push_pending"),
        ),
    )

    customer_code: Mapped[str] = mapped_column(Code, primary_key=True)
    brand: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code)
    first_name: Mapped[str]
    last_name: Mapped[str]
    company_name: Mapped[str]
    tax_code: Mapped[str] = mapped_column(String(16))
    vat_number: Mapped[str] = mapped_column(String(11))
    agency_code: Mapped[str] = mapped_column(ForeignKey("directory_agencies.agency_code"), index=True)
    scheme: Mapped[str] = mapped_column(Code)
    status: Mapped[str] = mapped_column(Code)
    updated_at: Mapped[datetime]
    removed: Mapped[bool] = mapped_column(default=False)
    row_hash: Mapped[bytes]
    record_hash: Mapped[str | None] = mapped_column(String(64))
    push_pending: Mapped[bool] = mapped_column(default=True)
    push_refusal: Mapped[str | None] = mapped_column(Code)


def _customer() -> Mapped[str]:
    return mapped_column(ForeignKey("directory_customers.customer_code"), index=True)


def _policy() -> Mapped[str]:
    return mapped_column(ForeignKey("directory_policies.policy_number", ondelete="CASCADE"), index=True)


class CustomerContact(Base):
    """`contacts.csv`, values canonical."""

    __tablename__ = "directory_contacts"

    row_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    customer_code: Mapped[str] = _customer()
    channel: Mapped[str] = mapped_column(Code)
    value: Mapped[str] = mapped_column(String(254), index=True)
    certified: Mapped[bool]
    roles: Mapped[frozenset[str]]
    updated_at: Mapped[datetime]
    row_hash: Mapped[bytes]


class Address(Base):
    """`addresses.csv`."""

    __tablename__ = "directory_addresses"

    row_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    customer_code: Mapped[str] = _customer()
    kind: Mapped[str] = mapped_column(Code)
    street: Mapped[str]
    postal_code: Mapped[str] = mapped_column(String(16))
    city: Mapped[str]
    province: Mapped[str] = mapped_column(String(8))
    country: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    row_hash: Mapped[bytes]


class Policy(Base):
    """`policies.csv`; `customer_code` is the holder."""

    __tablename__ = "directory_policies"

    policy_number: Mapped[str] = mapped_column(Code, primary_key=True)
    customer_code: Mapped[str] = _customer()
    branch: Mapped[str] = mapped_column(Code)
    product_name: Mapped[str]
    status: Mapped[str] = mapped_column(Code)
    effective_on: Mapped[date]
    expires_on: Mapped[date | None]
    premium_eur: Mapped[Decimal | None]
    frequency: Mapped[str] = mapped_column(Code)
    direct_debit: Mapped[bool]
    additional_payment: Mapped[bool]
    iot_amount_eur: Mapped[Decimal | None]
    company_policy: Mapped[bool]
    coverages: Mapped[tuple[str, ...]]
    row_hash: Mapped[bytes]


class InsuredPerson(Base):
    """`insured_persons.csv`."""

    __tablename__ = "directory_insured_persons"

    row_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    policy_number: Mapped[str] = _policy()
    customer_code: Mapped[str | None] = mapped_column(ForeignKey("directory_customers.customer_code"), index=True)
    full_name: Mapped[str]
    family_of: Mapped[str | None] = mapped_column(ForeignKey("directory_customers.customer_code"), index=True)
    row_hash: Mapped[bytes]


class Instalment(Base):
    """`instalments.csv`."""

    __tablename__ = "directory_instalments"

    instalment_id: Mapped[str] = mapped_column(Code, primary_key=True)
    policy_number: Mapped[str] = _policy()
    kind: Mapped[str] = mapped_column(Code)
    payable_online: Mapped[bool]
    due_on: Mapped[date]
    amount_eur: Mapped[Decimal]
    status: Mapped[str] = mapped_column(Code)
    paid_on: Mapped[date | None]
    row_hash: Mapped[bytes]


class Document(Base):
    """`documents.csv`; `path` is relative to the store of documents."""

    __tablename__ = "directory_documents"

    document_id: Mapped[str] = mapped_column(Code, primary_key=True)
    policy_number: Mapped[str] = _policy()
    kind: Mapped[str] = mapped_column(Code)
    title: Mapped[str]
    issued_on: Mapped[date]
    path: Mapped[str] = mapped_column(String(300))
    row_hash: Mapped[bytes]


class LinkedPerson(Base):
    """`linked_persons.csv`: representatives and beneficial owners of companies."""

    __tablename__ = "directory_linked_persons"

    row_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    customer_code: Mapped[str] = _customer()
    tax_code: Mapped[str] = mapped_column(String(16))
    first_name: Mapped[str]
    last_name: Mapped[str]
    role: Mapped[str] = mapped_column(Code)
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str] = mapped_column(String(32))
    row_hash: Mapped[bytes]


class Delivery(Base):
    """A delivery that was read into the directory.

    `checksum` covers the manifest's mode and file checksums; `pushed_at` is empty while Keycloak has not been told
    everything; `accepted_state` names the folder that the next delivery is compared with, if one was kept.
    """

    __tablename__ = "directory_deliveries"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    checksum: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(Code)
    quarantined: Mapped[int]
    summary: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime]
    pushed_at: Mapped[datetime | None]
    accepted_state: Mapped[str | None] = mapped_column(Code)


class Run(Base):
    """A run of sync, dry ones left out.

    `kind` is `full`, `delta` or `correction`; `outcome` one of `provisioning.sync.runs.Outcome`; `error` the code of
    what ended it, empty otherwise; `report` a `SyncReport` in JSON, empty while there is none.
    """

    __tablename__ = "directory_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Code)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Code)
    error: Mapped[str] = mapped_column(Code)
    report: Mapped[str] = mapped_column(Text)


class ChangeState(StrEnum):
    """Where the change of an access mobile stands: `released` is what Keycloak is told may apply."""

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"


class MobileChange(Base):
    """The access mobile that a delivery brought to a registered customer, at most one each (docs/decisions/0029).

    `told_at` is when the customer's former contacts were told, empty when none could be; `state` a
    `ChangeState`; `decided_by` the operator who decided, empty where time did.
    """

    __tablename__ = "directory_mobile_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_code: Mapped[str] = mapped_column(ForeignKey("directory_customers.customer_code"), unique=True)
    mobile: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(Code, index=True)
    noticed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(Code)
