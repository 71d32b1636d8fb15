"""The nine files of the feed in the order they are read, each with its rows, columns and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy

from provisioning.directory import models
from provisioning.feed import rows

AnyModel = type[models.Base]

# The column that a delta adds to every file: 1 where the row is to go.
DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Table:
    """One file: `references` maps a column to the file whose row key it must name."""

    file: str
    rules: rows.RowRules
    model: AnyModel
    references: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file, in the order in which we write them."""
        return tuple(self.rules.fields)

    @property
    def stored(self) -> sqlalchemy.Table:
        """The directory's table."""
        return models.table_of(self.model)

    @property
    def group_column(self) -> str:
        """The first column of the row key: rows that share it are compared together."""
        return self.rules.key[0]

    @property
    def key_column(self) -> str:
        """The column of the directory that holds the row key."""
        return self.rules.key[0] if len(self.rules.key) == 1 else "row_key"


_AGENCIES, _CUSTOMERS, _POLICIES = "agencies.csv", "customers.csv", "policies.csv"


def _table(file: str, rules: rows.RowRules, model: AnyModel, **references: str) -> Table:
    return Table(file, rules, model, MappingProxyType(references))


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.file: table
        for table in (
            _table(_AGENCIES, rows.AGENCY, models.Agency),
            _table(_CUSTOMERS, rows.CUSTOMER, models.Customer, agency_code=_AGENCIES),
            _table("contacts.csv", rows.CONTACT, models.CustomerContact, customer_code=_CUSTOMERS),
            _table("addresses.csv", rows.ADDRESS, models.Address, customer_code=_CUSTOMERS),
            _table(_POLICIES, rows.POLICY, models.Policy, customer_code=_CUSTOMERS),
            _table(
                "insured_persons.csv",
                rows.INSURED_PERSON,
                models.InsuredPerson,
                policy_number=_POLICIES,
                customer_code=_CUSTOMERS,
                family_of=_CUSTOMERS,
            ),
            _table("instalments.csv", rows.INSTALMENT, models.Instalment, policy_number=_POLICIES),
            _table("documents.csv", rows.DOCUMENT, models.Document, policy_number=_POLICIES),
            _table("linked_persons.csv", rows.LINKED_PERSON, models.LinkedPerson, customer_code=_CUSTOMERS),
        )
    }
)
