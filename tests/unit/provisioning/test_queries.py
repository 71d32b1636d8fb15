"""The portal's questions to the directory: through the owner, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.contacts import Channel, Contact
from domain.tax_codes import TaxId
from provisioning.directory import queries
from provisioning.directory.engine import VERSION_TABLE
from provisioning.directory.models import Base
from provisioning.directory.queries import PolicyRole
from tests.unit.provisioning.conftest import Sync
from tests.unit.provisioning.deliveries import MARIO_TAX, WHEN, agency, contact, customer, policy, write

SHARED = Contact(Channel.EMAIL, "casa@example.it")


@pytest.fixture
def session(sync: Sync, engine: Engine, tmp_path: Path) -> Iterator[Session]:
    rows = {
        "agencies.csv": [agency(), agency("A001", brand="alleanza", name="Agenzia di Milano")],
        "customers.csv": [
            customer("G1"),
            customer("G2", first_name="Lucia", tax_code=""),
            customer("A1", brand="alleanza", agency_code="A001"),
        ],
        "contacts.csv": [contact(code, value="Casa@Example.it", roles="fea") for code in ("G1", "G2", "A1")],
        "addresses.csv": [
            {
                "customer_code": "G1",
                "kind": "residence",
                "street": "Via Roma 1",
                "city": "Roma",
                "country": "Italia",
                "updated_at": WHEN,
            }
        ],
        "policies.csv": [
            policy("P1", "G1", company_policy="1", coverages="Incendio;Furto"),
            policy("P2", "G1", status="ceased"),
        ],
        "insured_persons.csv": [
            {"policy_number": "P1", "customer_code": "G2", "full_name": "Lucia Rossi"},
            {"policy_number": "P1", "customer_code": "", "full_name": "Leo Rossi", "family_of": "G2"},
            {"policy_number": "P1", "customer_code": "", "full_name": "Bruno Testa"},
            {"policy_number": "P1", "customer_code": "A1", "full_name": "Mario Rossi"},
        ],
        "instalments.csv": [
            {
                "instalment_id": "R1",
                "policy_number": "P1",
                "kind": "regular",
                "payable_online": "1",
                "due_on": "2026-02-01",
                "amount_eur": "60.25",
                "status": "due",
            }
        ],
        "documents.csv": [
            {
                "document_id": "D1",
                "policy_number": "P1",
                "kind": "contract",
                "title": "Contratto",
                "issued_on": "2025-01-01",
                "path": "P1/contract.pdf",
            }
        ],
    }
    assert sync(write(tmp_path / "d", rows)).is_clean
    with Session(engine) as session:
        yield session


def test_candidates_by_contact_are_those_of_the_brand_alone(session: Session) -> None:
    found = queries.candidates_by_contact(session, "generali", SHARED)
    assert [one.customer_code for one in found] == ["G1", "G2"]
    assert [one.customer_code for one in queries.candidates_by_contact(session, "alleanza", SHARED)] == ["A1"]
    assert queries.candidates_by_contact(session, "generali", Contact(Channel.EMAIL, "altro@example.it")) == ()


def test_a_candidate_knows_its_policies_held_and_insured_under(session: Session) -> None:
    holder, insured = queries.candidates_by_contact(session, "generali", SHARED)
    assert (holder.has_policy, holder.has_active_policy, holder.insured_of_company_policy) == (True, True, False)
    assert (insured.has_policy, insured.has_active_policy, insured.insured_of_company_policy) == (True, True, True)


def test_candidates_by_tax_code(session: Session) -> None:
    assert [one.customer_code for one in queries.candidates_by_tax_id(session, "generali", TaxId(MARIO_TAX))] == ["G1"]


def test_the_holder_sees_everything_of_a_policy(session: Session) -> None:
    seen = queries.policy(session, "generali", "G1", "P1")
    assert seen is not None
    assert (seen.role, seen.premium_eur, seen.frequency) == (PolicyRole.HOLDER, Decimal("120.50"), "annual")
    assert seen.coverages == ("Incendio", "Furto")
    assert len(seen.insured_persons) == 4
    assert [one.amount_eur for one in queries.instalments_of_policy(session, "generali", "G1", "P1")] == [
        Decimal("60.25")
    ]
    assert [one.document_id for one in queries.documents_of_policy(session, "generali", "G1", "P1")] == ["D1"]


def test_the_insured_sees_own_coverages_and_family_but_no_money_and_no_colleague(session: Session) -> None:
    seen = queries.policy(session, "generali", "G2", "P1")
    assert seen is not None
    assert seen.role is PolicyRole.INSURED
    assert (seen.premium_eur, seen.frequency, seen.direct_debit, seen.iot_amount_eur) == (None, None, None, None)
    assert {one.full_name for one in seen.insured_persons} == {"Lucia Rossi", "Leo Rossi"}
    assert queries.instalments_of_policy(session, "generali", "G2", "P1") == ()
    assert queries.documents_of_policy(session, "generali", "G2", "P1") == ()
    assert queries.document(session, "generali", "G2", "D1") is None


def test_nobody_reaches_what_is_somebody_else_s_or_another_brand_s(session: Session) -> None:
    assert queries.policy(session, "generali", "G2", "P2") is None
    assert queries.policy(session, "alleanza", "G1", "P1") is None
    assert queries.policies_of(session, "alleanza", "G1") == ()
    # Insured under a policy of the other brand: not seen from this one.
    assert queries.policies_of(session, "alleanza", "A1") == ()
    assert queries.customer(session, "alleanza", "G1") is None
    assert queries.addresses_of(session, "alleanza", "G1") == ()
    assert queries.agency(session, "alleanza", "G1") is None
    assert queries.document(session, "alleanza", "G1", "D1") is None


def test_the_archive_holds_the_policies_that_ceased(session: Session) -> None:
    assert [one.policy_number for one in queries.policies_of(session, "generali", "G1")] == ["P1"]
    archived = queries.policies_of(session, "generali", "G1", archived=True)
    assert [(one.policy_number, one.is_active) for one in archived] == [("P2", False)]


def test_a_customer_comes_with_contacts_address_and_agency(session: Session) -> None:
    found = queries.customer(session, "generali", "G1")
    assert found is not None
    assert [(one.contact, one.roles) for one in found.contacts] == [(SHARED, frozenset({"fea"}))]
    assert [one.city for one in queries.addresses_of(session, "generali", "G1")] == ["Roma"]
    agency_found = queries.agency(session, "generali", "G1")
    assert agency_found is not None
    assert agency_found.name == "Agenzia di Roma"
    assert "Rossi" not in repr(found)
    assert MARIO_TAX not in repr(found)


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
