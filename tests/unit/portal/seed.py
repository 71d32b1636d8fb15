"""A small directory: two Generali customers with policies, one Alleanza customer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from provisioning.directory import models
from provisioning.directory.engine import open_engine, upgrade

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_HASH = bytes(16)


def seed(url: str) -> None:
    upgrade(url)
    engine = open_engine(url)
    with Session(engine) as session, session.begin():
        for agency, brand in (("AG1", "generali"), ("AG2", "alleanza")):
            session.add(_agency(agency, brand))
        session.flush()
        session.add(_customer("G0000001", "generali", "Anna", "Verdi", "VRDNNA80A41F205K"))
        session.add(_customer("G0000002", "generali", "Bruno", "Neri", "NREBRN70A01F205F"))
        session.add(_customer("A0000001", "alleanza", "Carla", "Gialli", "GLLCRL75A41F205X", agency="AG2"))
        company = _customer("G0000003", "generali", "", "", "")
        company.kind, company.company_name, company.vat_number = "company", "Officine Alfa S.r.l.", "12345670017"
        session.add(company)
        session.flush()
        for code, email, mobile in (
            ("G0000001", "anna.verdi@example.it", "+393331234501"),
            ("G0000002", "bruno.neri@example.it", "+393331234502"),
            ("G0000003", "info@alfa.example.it", "+393331234504"),
            ("A0000001", "carla.gialli@example.it", "+393331234503"),
        ):
            session.add(_contact(code, "email", email))
            session.add(_contact(code, "mobile", mobile))
        session.add(_address("G0000001", "residence", "Via Dante 1"))
        session.add(_address("G0000001", "domicile", "Corso Como 2"))
        session.add(_policy("P-ANNA", "G0000001", "casa", "Immagina Casa"))
        session.add(_policy("P-BRUNO", "G0000002", "auto", "Immagina Strade"))
        session.add(_policy("P-OLD", "G0000001", "auto", "Vecchia Auto", status="ceased"))
        session.add(_policy("P-ALFA", "G0000003", "aziende", "Attiva Impresa"))
        session.add(_policy("P-CARLA", "A0000001", "vita", "Alleata Domani"))
        session.flush()
        session.add(_insured("P-BRUNO", "G0000001", "Anna Verdi"))
        session.add(_instalment("I-BRUNO", "P-BRUNO", "481.37"))
        session.add(_instalment("I-ANNA", "P-ANNA", "120.50"))
        session.add(_document("D-ANNA", "P-ANNA", "Contratto di Anna"))
        session.add(_document("D-BRUNO", "P-BRUNO", "Contratto di Bruno"))
    engine.dispose()


def _agency(code: str, brand: str) -> models.Agency:
    return models.Agency(
        agency_code=code,
        brand=brand,
        name="Agenzia Milano Duomo",
        email="duomo@example.it",
        phone="+390212345678",
        address="Piazza Duomo 1, Milano",
        row_hash=_HASH,
    )


def _customer(code: str, brand: str, first: str, last: str, tax_code: str, *, agency: str = "AG1") -> models.Customer:
    return models.Customer(
        customer_code=code,
        brand=brand,
        kind="person",
        first_name=first,
        last_name=last,
        company_name="",
        tax_code=tax_code,
        vat_number="",
        agency_code=agency,
        scheme="",
        status="active",
        updated_at=_WHEN,
        removed=False,
        row_hash=_HASH,
        push_pending=False,
    )


def _contact(code: str, channel: str, value: str) -> models.CustomerContact:
    return models.CustomerContact(
        row_key=f"{code}|{channel}|{value}",
        customer_code=code,
        channel=channel,
        value=value,
        certified=True,
        roles=frozenset(),
        updated_at=_WHEN,
        row_hash=_HASH,
    )


def _address(code: str, kind: str, street: str) -> models.Address:
    return models.Address(
        row_key=f"{code}|{kind}",
        customer_code=code,
        kind=kind,
        street=street,
        postal_code="20121",
        city="Milano",
        province="MI",
        country="Italia",
        updated_at=_WHEN,
        row_hash=_HASH,
    )


def _policy(number: str, holder: str, branch: str, product: str, status: str = "active") -> models.Policy:
    return models.Policy(
        policy_number=number,
        customer_code=holder,
        branch=branch,
        product_name=product,
        status=status,
        effective_on=date(2025, 3, 1),
        expires_on=date(2027, 3, 1),
        premium_eur=Decimal("1250.00"),
        frequency="yearly",
        direct_debit=False,
        additional_payment=False,
        iot_amount_eur=None,
        company_policy=False,
        coverages=("Incendio", "Furto"),
        row_hash=_HASH,
    )


def _insured(number: str, code: str, name: str) -> models.InsuredPerson:
    return models.InsuredPerson(
        row_key=f"{number}|{code}", policy_number=number, customer_code=code, full_name=name, row_hash=_HASH
    )


def _instalment(key: str, number: str, amount: str) -> models.Instalment:
    return models.Instalment(
        instalment_id=key,
        policy_number=number,
        kind="regular",
        payable_online=True,
        due_on=date(2026, 12, 1),
        amount_eur=Decimal(amount),
        status="due",
        row_hash=_HASH,
    )


def _document(key: str, number: str, title: str) -> models.Document:
    return models.Document(
        document_id=key,
        policy_number=number,
        kind="contract",
        title=title,
        issued_on=date(2025, 3, 1),
        path=f"{key}.pdf",
        row_hash=_HASH,
    )
