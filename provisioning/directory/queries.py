"""The read-only questions the portal asks the directory.

Every answer is reached through the customer it belongs to: a policy, instalment or document of somebody else is not
forbidden but not there. Customers of another brand, and those the agency no longer delivers, are not there either.
All functions take an open SQLAlchemy session and never write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from domain.contacts import Channel, Contact
from domain.customers import CustomerKind, CustomerStatus
from provisioning.directory import models
from provisioning.directory.candidates import candidate, candidates_by_contact, candidates_by_tax_id
from provisioning.directory.records import (
    AddressRecord,
    AgencyRecord,
    ContactRecord,
    CustomerRecord,
    DocumentRecord,
    InstalmentRecord,
    InsuredRecord,
    PolicyRecord,
    PolicyRole,
)

__all__ = [
    "AddressRecord",
    "AgencyRecord",
    "ContactRecord",
    "CustomerRecord",
    "DocumentRecord",
    "InstalmentRecord",
    "InsuredRecord",
    "PolicyRecord",
    "PolicyRole",
    "addresses_of",
    "agency",
    "candidate",
    "candidates_by_contact",
    "candidates_by_tax_id",
    "customer",
    "document",
    "documents_of_policy",
    "instalments_of_policy",
    "policies_of",
    "policy",
]

_Customer, _Policy, _Insured = models.Customer, models.Policy, models.InsuredPerson
_ACTIVE = "active"


def customer(session: Session, brand: str, customer_code: str) -> CustomerRecord | None:
    """Return the customer with all contacts on file, or None."""
    row = session.scalar(_present(brand).where(_Customer.customer_code == customer_code))
    if row is None:
        return None
    return CustomerRecord(
        customer_code=row.customer_code,
        brand=row.brand,
        kind=CustomerKind(row.kind),
        status=CustomerStatus(row.status),
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        tax_code=row.tax_code,
        vat_number=row.vat_number,
        agency_code=row.agency_code,
        scheme=row.scheme,
        contacts=tuple(
            ContactRecord(_contact(held), held.certified, held.roles, held.updated_at)
            for held in _contacts(session, [row.customer_code])
        ),
    )


def agency(session: Session, brand: str, customer_code: str) -> AgencyRecord | None:
    """Return the agency of a customer, or None when there is no such customer."""
    row = session.scalar(
        select(models.Agency)
        .join(_Customer, _Customer.agency_code == models.Agency.agency_code)
        .where(_Customer.customer_code == customer_code, _is_present(brand))
    )
    return None if row is None else AgencyRecord(row.agency_code, row.name, row.email, row.phone, row.address)


def addresses_of(session: Session, brand: str, customer_code: str) -> tuple[AddressRecord, ...]:
    """Return the customer's addresses of the agency's records, residence last."""
    rows = session.scalars(
        select(models.Address)
        .join(_Customer, _Customer.customer_code == models.Address.customer_code)
        .where(_Customer.customer_code == customer_code, _is_present(brand))
        .order_by(models.Address.kind)
    )
    return tuple(
        AddressRecord(row.kind, row.street, row.postal_code, row.city, row.province, row.country, row.updated_at)
        for row in rows
    )


def policies_of(
    session: Session, brand: str, customer_code: str, *, archived: bool = False
) -> tuple[PolicyRecord, ...]:
    """Return the active policies, or the others (the archive), that the customer holds or is insured under.

    Newest first.
    """
    in_list = _Policy.status != _ACTIVE if archived else _Policy.status == _ACTIVE
    statement = _policies_seen_by(brand, customer_code).where(in_list)
    rows = session.scalars(statement.order_by(_Policy.effective_on.desc(), _Policy.policy_number)).all()
    return _policy_records(session, rows, customer_code)


def policy(session: Session, brand: str, customer_code: str, policy_number: str) -> PolicyRecord | None:
    """Return a policy the customer holds or is insured under, else None."""
    rows = session.scalars(_policies_seen_by(brand, customer_code).where(_Policy.policy_number == policy_number)).all()
    return next(iter(_policy_records(session, rows, customer_code)), None)


def instalments_of_policy(
    session: Session, brand: str, customer_code: str, policy_number: str
) -> tuple[InstalmentRecord, ...]:
    """Return the instalments of a policy the customer holds, by due date; nothing for anybody else."""
    rows = session.scalars(
        select(models.Instalment)
        .join(_Policy, _Policy.policy_number == models.Instalment.policy_number)
        .where(_Policy.policy_number == policy_number, _is_held_by(brand, customer_code))
        .order_by(models.Instalment.due_on, models.Instalment.instalment_id)
    )
    return tuple(
        InstalmentRecord(
            row.instalment_id,
            row.policy_number,
            row.kind,
            row.payable_online,
            row.due_on,
            row.amount_eur,
            row.status == "paid",
            row.paid_on,
        )
        for row in rows
    )


def documents_of_policy(
    session: Session, brand: str, customer_code: str, policy_number: str
) -> tuple[DocumentRecord, ...]:
    """Return the documents of a policy the customer holds, newest first; nothing for anybody else."""
    statement = _documents_of(brand, customer_code).where(_Policy.policy_number == policy_number)
    rows = session.scalars(statement.order_by(models.Document.issued_on.desc(), models.Document.document_id))
    return tuple(map(_document_record, rows))


def document(session: Session, brand: str, customer_code: str, document_id: str) -> DocumentRecord | None:
    """Return a document of a policy the customer holds, else None."""
    row = session.scalar(_documents_of(brand, customer_code).where(models.Document.document_id == document_id))
    return None if row is None else _document_record(row)


def _is_present(brand: str) -> ColumnElement[bool]:
    return and_(_Customer.brand == brand, _Customer.removed.is_(False))


def _present(brand: str) -> Select[models.Customer]:
    return select(_Customer).where(_is_present(brand))


def _is_held_by(brand: str, customer_code: str) -> ColumnElement[bool]:
    return and_(_Policy.customer_code == customer_code, _exists(brand, customer_code))


def _exists(brand: str, customer_code: str) -> ColumnElement[bool]:
    return select(_Customer).where(_Customer.customer_code == customer_code, _is_present(brand)).exists()


def _policies_seen_by(brand: str, customer_code: str) -> Select[models.Policy]:
    insured = select(_Insured.policy_number).where(_Insured.customer_code == customer_code)
    seen = or_(_Policy.customer_code == customer_code, _Policy.policy_number.in_(insured))
    # A policy has the brand of its holder: someone insured under another brand's policy sees it there.
    of_brand = select(_Customer.customer_code).where(
        _Customer.brand == brand, _Customer.customer_code == _Policy.customer_code
    )
    return select(_Policy).where(seen, of_brand.exists(), _exists(brand, customer_code))


def _documents_of(brand: str, customer_code: str) -> Select[models.Document]:
    return (
        select(models.Document)
        .join(_Policy, _Policy.policy_number == models.Document.policy_number)
        .where(_is_held_by(brand, customer_code))
    )


def _document_record(row: models.Document) -> DocumentRecord:
    return DocumentRecord(row.document_id, row.policy_number, row.kind, row.title, row.issued_on, row.path)


def _policy_records(session: Session, rows: Sequence[models.Policy], customer_code: str) -> tuple[PolicyRecord, ...]:
    insured: dict[str, list[models.InsuredPerson]] = {}
    numbers = [row.policy_number for row in rows]
    statement = select(_Insured).where(_Insured.policy_number.in_(numbers)).order_by(_Insured.full_name)
    for person in session.scalars(statement):
        insured.setdefault(person.policy_number, []).append(person)
    return tuple(_policy_record(row, customer_code, insured.get(row.policy_number, [])) for row in rows)


def _policy_record(row: models.Policy, customer_code: str, insured: Iterable[models.InsuredPerson]) -> PolicyRecord:
    is_holder = row.customer_code == customer_code
    people = tuple(
        InsuredRecord(one.full_name, one.customer_code == customer_code, one.family_of == customer_code)
        for one in insured
        if is_holder or customer_code in (one.customer_code, one.family_of)
    )
    return PolicyRecord(
        policy_number=row.policy_number,
        role=PolicyRole.HOLDER if is_holder else PolicyRole.INSURED,
        branch=row.branch,
        product_name=row.product_name,
        is_active=row.status == _ACTIVE,
        effective_on=row.effective_on,
        expires_on=row.expires_on,
        is_company_policy=row.company_policy,
        coverages=row.coverages,
        premium_eur=row.premium_eur if is_holder else None,
        frequency=row.frequency if is_holder else None,
        direct_debit=row.direct_debit if is_holder else None,
        additional_payment=row.additional_payment if is_holder else None,
        iot_amount_eur=row.iot_amount_eur if is_holder else None,
        insured_persons=people,
    )


def _contact(row: models.CustomerContact) -> Contact:
    return Contact(Channel(row.channel), row.value)


def _contacts(session: Session, codes: Sequence[str]) -> Sequence[models.CustomerContact]:
    held = models.CustomerContact
    return session.scalars(
        select(held).where(held.customer_code.in_(codes)).order_by(held.customer_code, held.channel, held.value)
    ).all()
