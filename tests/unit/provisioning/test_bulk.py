"""Many rows at once: what is written is what a statement for each would write, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from provisioning.directory.bulk import among, insert_rows, update_rows
from provisioning.directory.models import Agency, Customer, CustomerContact, Policy, table_of

_CODES = [f"G{number}" for number in range(5)]
_ODD_NAME = 'D\'Angelo\t\\N "Ñ"\n{},'


def _agency(code: str) -> dict[str, Any]:
    texts = {"brand": "generali", "name": _ODD_NAME, "email": "", "phone": "", "address": ""}
    return {"agency_code": code, **texts, "row_hash": b"\x00\\'" + code.encode()}


def _customer(code: str) -> dict[str, Any]:
    empty = dict.fromkeys(("first_name", "last_name", "company_name", "tax_code", "vat_number", "scheme"), "")
    given = {"customer_code": code, "brand": "generali", "kind": "person", "agency_code": "A1", "status": "active"}
    when = datetime(2026, 1, 10, 9, tzinfo=timezone(timedelta(hours=1)))
    return given | empty | {"updated_at": when, "row_hash": b"1", "removed": False, "push_pending": True}


def _contact(code: str) -> dict[str, Any]:
    what = {"row_key": f"{code}|email|x", "customer_code": code, "channel": "email", "value": "x", "certified": True}
    return what | {"roles": frozenset({"preferred", "fea"}), "updated_at": datetime(2026, 1, 1, tzinfo=UTC)} | _HASH


def _policy(code: str) -> dict[str, Any]:
    what = {"policy_number": f"P{code}", "customer_code": code, "branch": "casa", "product_name": "C", "status": "x"}
    when = {"effective_on": date(2025, 1, 1), "expires_on": None, "premium_eur": Decimal("12.50"), "frequency": ""}
    flags = {"direct_debit": False, "additional_payment": True, "company_policy": False}
    return what | when | flags | {"iot_amount_eur": None, "coverages": ("A; b", "C")} | _HASH


_HASH = {"row_hash": b"1"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with engine.begin() as connection:
        insert_rows(connection, table_of(Agency), [_agency("A1")])
        insert_rows(connection, table_of(Customer), [_customer(code) for code in _CODES])
        insert_rows(connection, table_of(CustomerContact), [_contact(code) for code in _CODES])
        insert_rows(connection, table_of(Policy), [_policy(code) for code in _CODES])
        insert_rows(connection, table_of(Policy), [])
    return engine


def test_inserted_rows_hold_what_was_given_whatever_it_is(filled: Engine) -> None:
    with Session(filled) as session:
        agency = session.get_one(Agency, "A1")
        assert (agency.name, agency.row_hash) == (_ODD_NAME, _agency("A1")["row_hash"])
        customer = session.get_one(Customer, "G3")
        assert customer.updated_at == datetime(2026, 1, 10, 8, tzinfo=UTC)
        assert (customer.push_pending, customer.record_hash) == (True, None)
        assert session.get_one(CustomerContact, "G3|email|x").roles == {"preferred", "fea"}
        policy = session.get_one(Policy, "PG3")
        assert (policy.premium_eur, policy.expires_on, policy.coverages) == (Decimal("12.50"), None, ("A; b", "C"))


def test_an_update_changes_the_named_columns_of_the_named_rows_and_can_be_repeated(filled: Engine) -> None:
    customers = table_of(Customer)
    with filled.begin() as connection:
        for name in ("Anna", _ODD_NAME):
            update_rows(
                connection, customers, [{"customer_code": code, "first_name": name} for code in ("G1", "G2", "absent")]
            )
        update_rows(connection, customers, [])
    with Session(filled) as session:
        names = {one.customer_code: one.first_name for one in session.scalars(select(Customer))}
        assert names == dict.fromkeys(_CODES, "") | dict.fromkeys(("G1", "G2"), _ODD_NAME)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_an_update_finds_its_rows_by_the_key_however_many_there_are(filled: Engine) -> None:
    """A plan that reads the whole table makes a night's changes cost what the company has customers."""
    plans: list[str] = []

    def explain(_connection: object, cursor: Any, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith("UPDATE"):
            cursor.execute(f"EXPLAIN {statement}", values)
            plans.append(" ".join(row[0] for row in cursor.fetchall()))

    codes = [f"Q{number}" for number in range(4000)]
    with filled.begin() as connection:
        insert_rows(connection, table_of(Customer), [_customer(code) for code in codes])
        event.listen(connection, "before_cursor_execute", explain)
        update_rows(
            connection, table_of(Customer), [{"customer_code": code, "first_name": "Anna"} for code in codes[:1000]]
        )
    (plan,) = plans
    assert "Index Scan using pk_directory_customers" in plan
    assert "Seq Scan on directory_customers" not in plan


def test_only_the_rows_with_one_of_the_values_are_found(filled: Engine) -> None:
    code = table_of(Customer).c["customer_code"]
    odd = ["G1", "G4", "none", "a,b", '"', "\\", "NULL", "{}"]
    with filled.connect() as connection:
        assert set(connection.scalars(select(code).where(among(connection, code, odd)))) == {"G1", "G4"}
        assert connection.scalars(select(code).where(among(connection, code, set()))).all() == []


def test_a_row_that_the_database_refuses_undoes_all_and_is_not_told(filled: Engine) -> None:
    rows = [_customer("G9"), _customer("Segreto") | {"agency_code": "unknown"}, _customer("G1")]
    with pytest.raises(DBAPIError) as failure, filled.begin() as connection:
        insert_rows(connection, table_of(Customer), rows)
    assert "Segreto" not in str(failure.value)
    with Session(filled) as session:
        assert set(session.scalars(select(Customer.customer_code))) == set(_CODES)
