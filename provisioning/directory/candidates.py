"""Who might be the one registering: the one question of the directory whose answer has to come in milliseconds.

One statement a question, made once: customers, what policies say of each, and all contacts on file. A customer is
found by an index at any number of customers (`make bench BENCH=matching`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Exists,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from domain.contacts import Channel, Contact
from domain.customers import CustomerKind, CustomerStatus
from domain.matching import Candidate, CandidateContact
from domain.tax_codes import TaxId
from provisioning.directory import models

# The tables and not the mapped classes: making objects that a session keeps would double the time of the answer.
_customers = models.Customer.__table__.c
_contacts = models.CustomerContact.__table__.c
_policies = models.Policy.__table__.c
_insured = models.InsuredPerson.__table__.c
# Registration needs one or two customers; a switchboard number on file for thousands must not cost thousands.
# Written into the statement: a plan for any limit would be one for thousands.
_MOST_CANDIDATES: ColumnElement[int] = literal_column("50", Integer)


def candidates_by_contact(session: Session, brand: str, contact: Contact) -> tuple[Candidate, ...]:
    """Return the customers of the brand whose records hold the contact, at most fifty, in the order of their codes."""
    return _ask(session, _BY_CONTACT, brand, contact.value, channel=contact.channel.value)


def candidates_by_tax_id(session: Session, brand: str, tax_id: TaxId) -> tuple[Candidate, ...]:
    """Return the customers of the brand with that tax code or VAT number, at most fifty, by their codes."""
    return _ask(session, _BY_EITHER_NUMBER if tax_id.may_be_vat_number else _BY_TAX_CODE, brand, tax_id.value)


def candidate(session: Session, brand: str, customer_code: str) -> Candidate | None:
    """Return one customer as a candidate, or None."""
    return next(iter(_ask(session, _BY_CODE, brand, customer_code)), None)


def _tied(*conditions: ColumnElement[bool]) -> Exists:
    """Whether the customer is insured under a policy that fulfils the conditions."""
    return exists().where(
        _insured.customer_code == _customers.customer_code,
        _insured.policy_number == _policies.policy_number,
        *conditions,
    )


def _held(*conditions: ColumnElement[bool]) -> Exists:
    """Whether the customer holds a policy that fulfils the conditions."""
    return exists().where(_policies.customer_code == _customers.customer_code, *conditions)


def _statement(condition: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    is_active = _policies.status == "active"
    found = (
        select(
            _customers.customer_code,
            _customers.kind,
            _customers.status,
            _customers.first_name,
            _customers.last_name,
            _customers.company_name,
            _customers.scheme,
            _held().label("holds"),
            or_(_held(), _tied()).label("has_policy"),
            or_(_held(is_active), _tied(is_active)).label("has_active_policy"),
            _tied(_policies.company_policy).label("insured_of_company"),
        )
        .where(condition, _customers.removed.is_(False))
        .order_by(_customers.customer_code)
        .limit(_MOST_CANDIDATES)
        .subquery("found")
    )
    return (
        select(found, _contacts.channel, _contacts.value, _contacts.certified, _contacts.roles)
        .outerjoin(models.CustomerContact.__table__, _contacts.customer_code == found.c.customer_code)
        .order_by(found.c.customer_code, _contacts.channel, _contacts.value)
    )


_value: BindParameter[str] = bindparam("value")
_brand: BindParameter[str] = bindparam("brand")
# An expression and not the column: SQLite keeps no statistics and would rather go through all customers of the brand.
_of_brand = _customers.brand.concat(literal_column("''")) == _brand
_same = models.Customer.__table__.alias("same").c
_with_either_number = union_all(
    select(_same.customer_code).where(_same.brand == _brand, _same.tax_code == _value),
    select(_same.customer_code).where(_same.brand == _brand, _same.vat_number == _value),
)

_BY_CONTACT = _statement(
    and_(
        _customers.customer_code.in_(
            select(_contacts.customer_code).where(_contacts.value == _value, _contacts.channel == bindparam("channel"))
        ),
        _of_brand,
    )
)
_BY_TAX_CODE = _statement(and_(_customers.brand == _brand, _customers.tax_code == _value))
_BY_EITHER_NUMBER = _statement(and_(_customers.customer_code.in_(_with_either_number), _of_brand))
_BY_CODE = _statement(and_(_customers.customer_code == _value, _of_brand))


def _ask(
    session: Session, statement: Select[tuple[object, ...]], brand: str, value: str, **more: str
) -> tuple[Candidate, ...]:
    rows = session.connection().execute(statement, {"brand": brand, "value": value, **more}).all()
    return tuple(_candidate(list(held)) for _, held in groupby(rows, lambda row: row.customer_code))


def _candidate(rows: Sequence[Row[tuple[object, ...]]]) -> Candidate:
    """One customer out of the rows of all contacts on file; out of one without a contact when there is none."""
    row = rows[0]
    return Candidate(
        customer_code=row.customer_code,
        kind=CustomerKind(row.kind),
        status=CustomerStatus(row.status),
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        scheme=row.scheme,
        contacts=tuple(_contacts_of(rows)),
        has_policy=row.has_policy,
        has_active_policy=row.has_active_policy,
        insured_of_company_policy=row.insured_of_company and not row.holds,
    )


def _contacts_of(rows: Sequence[Row[tuple[object, ...]]]) -> Iterator[CandidateContact]:
    for row in rows:
        if row.channel is not None:
            yield CandidateContact(Contact(Channel(row.channel), row.value), row.certified, row.roles)
