"""The nine files of the feed in the order they are read, each with its rows, columns and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from provisioning.directory import models
from provisioning.feed import rows

AnyModel = type[models.Base]

# The column that a delta adds to every file: 1 where the row is to go.
DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Table:
    """One file: `references` maps a column to the file whose row key it must name."""

    file: str
    row: type[rows.Row]
    key: type[rows.Row]
    model: AnyModel
    columns: tuple[str, ...]
    references: Mapping[str, str]

    @property
    def group_column(self) -> str:
        """The first column of the row key: rows that share it are compared together."""
        return self.key.key_fields[0]

    @property
    def key_column(self) -> str:
        """The column of the directory that holds the row key."""
        return self.key.key_fields[0] if len(self.key.key_fields) == 1 else "row_key"


_AGENCIES, _CUSTOMERS, _POLICIES = "agencies.csv", "customers.csv", "policies.csv"


def _table(
    file: str,
    row: type[rows.Row],
    key: type[rows.Row],
    model: AnyModel,
    *,
    references: Mapping[str, str],
    columns: str,
) -> Table:
    return Table(file, row, key, model, tuple(columns.split()), MappingProxyType(dict(references)))


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.file: table
        for table in (
            _table(
                _AGENCIES,
                rows.AgencyRow,
                rows.AgencyKey,
                models.Agency,
                references={},
                columns="agency_code brand name email phone address",
            ),
            _table(
                _CUSTOMERS,
                rows.CustomerRow,
                rows.CustomerKey,
                models.Customer,
                references={"agency_code": _AGENCIES},
                columns="customer_code brand kind first_name last_name company_name tax_code vat_number agency_code "
                "scheme status updated_at",
            ),
            _table(
                "contacts.csv",
                rows.ContactRow,
                rows.ContactKey,
                models.CustomerContact,
                references={"customer_code": _CUSTOMERS},
                columns="customer_code channel value certified roles updated_at",
            ),
            _table(
                "addresses.csv",
                rows.AddressRow,
                rows.AddressKey,
                models.Address,
                references={"customer_code": _CUSTOMERS},
                columns="customer_code kind street postal_code city province country updated_at",
            ),
            _table(
                _POLICIES,
                rows.PolicyRow,
                rows.PolicyKey,
                models.Policy,
                references={"customer_code": _CUSTOMERS},
                columns="policy_number customer_code branch product_name status effective_on expires_on premium_eur "
                "frequency direct_debit additional_payment iot_amount_eur company_policy coverages",
            ),
            _table(
                "insured_persons.csv",
                rows.InsuredPersonRow,
                rows.InsuredPersonKey,
                models.InsuredPerson,
                references={"policy_number": _POLICIES, "customer_code": _CUSTOMERS, "family_of": _CUSTOMERS},
                columns="policy_number customer_code full_name family_of",
            ),
            _table(
                "instalments.csv",
                rows.InstalmentRow,
                rows.InstalmentKey,
                models.Instalment,
                references={"policy_number": _POLICIES},
                columns="instalment_id policy_number kind payable_online due_on amount_eur status paid_on",
            ),
            _table(
                "documents.csv",
                rows.DocumentRow,
                rows.DocumentKey,
                models.Document,
                references={"policy_number": _POLICIES},
                columns="document_id policy_number kind title issued_on path",
            ),
            _table(
                "linked_persons.csv",
                rows.LinkedPersonRow,
                rows.LinkedPersonKey,
                models.LinkedPerson,
                references={"customer_code": _CUSTOMERS},
                columns="customer_code tax_code first_name last_name role email mobile",
            ),
        )
    }
)
