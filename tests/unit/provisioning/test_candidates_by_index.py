"""Recognising somebody on SQLite never goes through all customers of a brand.

SQLite keeps no statistics: only the wording of a statement keeps it from choosing an index for the brand alone.
PostgreSQL knows its tables, and `make bench` shows that it chooses well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from domain.contacts import Channel, Contact
from domain.tax_codes import TaxId
from provisioning.directory import open_engine, upgrade
from provisioning.directory.candidates import candidate, candidates_by_contact, candidates_by_tax_id
from tests.support.databases import Databases

ASKED: dict[str, Callable[[Session], object]] = {
    "contact": lambda session: candidates_by_contact(session, "generali", Contact(Channel.EMAIL, "a@example.it")),
    "tax code": lambda session: candidates_by_tax_id(session, "generali", TaxId("VRDNNA80A41F205K")),
    "VAT number": lambda session: candidates_by_tax_id(session, "generali", TaxId("12345670017")),
    "customer code": lambda session: candidate(session, "generali", "G00000001"),
}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("asked", ASKED)
def test_no_table_is_read_through_and_no_index_entered_by_the_brand_alone(databases: Databases, asked: str) -> None:
    url = databases(upgrade)
    engine = open_engine(url)
    statements: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append((told[2], told[3])))
    with Session(engine) as session:
        ASKED[asked](session)
        ((statement, values),) = statements
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [str(row[-1]) for row in rows]
    engine.dispose()
    entered = [step for step in plan if step.startswith("SEARCH")]
    assert len(entered) > 5, plan
    assert [step for step in entered if step.endswith("(brand=?)")] == []
    assert [step for step in plan if step.startswith("SCAN") and step != "SCAN found"] == []
