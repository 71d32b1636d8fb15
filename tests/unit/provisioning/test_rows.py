"""Rows of the feed: what is wrong with one is told of it alone, however many are read together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.feed.reader import BadRow, GoodRow, RawRow, RowReader
from provisioning.feed.tables import TABLES
from provisioning.sync.ahead import ahead
from tests.unit.provisioning.conftest import BRANDS
from tests.unit.provisioning.deliveries import agency, contact, customer, policy

_INSTALMENT = {
    "instalment_id": "R1",
    "policy_number": "P1",
    "kind": "first",
    "payable_online": "1",
    "due_on": "2026-01-10",
    "amount_eur": "12.50",
    "status": "paid",
    "paid_on": "2026-01-10",
}
_DOCUMENT = {
    "document_id": "D1",
    "policy_number": "P1",
    "kind": "contract",
    "title": "Polizza",
    "issued_on": "2026-01-10",
    "path": "P1/contract.pdf",
}
_GOOD: Mapping[str, Mapping[str, str]] = {
    "agencies.csv": agency(),
    "customers.csv": customer(),
    "contacts.csv": contact(),
    "policies.csv": policy(),
    "instalments.csv": _INSTALMENT,
    "documents.csv": _DOCUMENT,
}


def _reader(file: str) -> RowReader:
    return RowReader(TABLES[file], file, TABLES[file].columns, BRANDS)


def _raw(file: str, line: int = 2, **changes: str) -> RawRow:
    row = dict(_GOOD[file]) | changes
    cells = tuple(row.get(name, "") for name in TABLES[file].columns)
    return RawRow(line, cells[TABLES[file].columns.index(TABLES[file].group_column)].strip(" "), cells)


@pytest.mark.parametrize("file", _GOOD)
def test_a_good_row_of_every_file_is_taken(file: str) -> None:
    (read,) = _reader(file).read([_raw(file)])
    assert isinstance(read, GoodRow)


@pytest.mark.parametrize(
    ("file", "changes", "field", "reason"),
    [
        ("agencies.csv", {"name": " "}, "name", "missing"),
        ("agencies.csv", {"name": "x" * 201}, "name", "too_long"),
        ("customers.csv", {"brand": "another"}, "brand", "brand_unknown"),
        ("customers.csv", {"kind": "Person"}, "kind", "not_one_of_the_allowed"),
        ("customers.csv", {"tax_code": "RSSMRA80A01H501X"}, "tax_code", "tax_code_malformed"),
        ("customers.csv", {"vat_number": "12345678901"}, "vat_number", "vat_number_malformed"),
        ("customers.csv", {"scheme": "Cassa"}, "scheme", "malformed"),
        ("customers.csv", {"updated_at": "2026-01-10T08:00:00"}, "updated_at", "moment_without_zone"),
        ("customers.csv", {"last_name": ""}, "", "name_missing"),
        ("customers.csv", {"kind": "company"}, "", "company_name_missing"),
        ("contacts.csv", {"channel": "fax"}, "channel", "not_one_of_the_allowed"),
        ("contacts.csv", {"value": "@"}, "value", "contact_malformed"),
        ("contacts.csv", {"channel": "mobile", "value": "06 12345678"}, "value", "contact_is_landline"),
        ("contacts.csv", {"roles": "boss"}, "roles", "role_unknown"),
        ("contacts.csv", {"certified": "yes"}, "certified", "flag_malformed"),
        ("policies.csv", {"effective_on": "2025-02-30"}, "effective_on", "date_malformed"),
        ("policies.csv", {"expires_on": "2024-12-31"}, "", "expires_before_effect"),
        ("policies.csv", {"premium_eur": "12.345"}, "premium_eur", "amount_malformed"),
        ("instalments.csv", {"paid_on": ""}, "", "paid_on_disagrees"),
        ("documents.csv", {"path": "../contract.pdf"}, "path", "path_not_inside"),
    ],
)
def test_a_row_that_breaks_a_rule_goes_to_quarantine_with_field_and_reason(
    file: str, changes: Mapping[str, str], field: str, reason: str
) -> None:
    (read,) = _reader(file).read([_raw(file, **changes)])
    assert isinstance(read, BadRow)
    assert (read.line, read.field, read.reason) == (2, field, reason)


_CELLS = st.sampled_from(
    (
        *("", " ", "0", "1", "G1", " G1", "G2", "\tG1", "x" * 70, "2026-01-10T08:00:00Z", "2026-01-10"),
        *("email", "mobile", "fax", "mario@example.it", "320 1234567", "preferred", "boss"),
    )
)


@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS, _CELLS, _CELLS, _CELLS), max_size=12))
def test_rows_read_together_are_read_as_one_by_one(rows: list[tuple[str, ...]]) -> None:
    raws = [RawRow(line, cells[0].strip(" "), cells) for line, cells in enumerate(rows, 2)]
    together = _reader("contacts.csv").read([_raw("contacts.csv"), *raws])[1:]
    assert together == [_reader("contacts.csv").read([raw])[0] for raw in raws]


def test_many_rows_with_values_of_their_own_are_read_right_and_not_all_remembered() -> None:
    reader = _reader("contacts.csv")
    for start in range(0, 60_000, 6000):
        raws = [_raw("contacts.csv", value=f"m{at}@example.it") for at in range(start, start + 6000)]
        read = reader.read([*raws, _raw("contacts.csv", value="@")])
        assert [one.key for one in read[:-1]] == [f"G1|email|m{at}@example.it" for at in range(start, start + 6000)]
        assert isinstance(read[-1], BadRow)
    assert max(len(cells) for cells in reader._parser._cells) < 30_000


def test_what_is_made_ahead_comes_in_order_and_its_failure_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise LookupError

    found: list[int] = []
    with pytest.raises(LookupError):
        found.extend(ahead(items()))
    assert found == [0, 1, 2]
