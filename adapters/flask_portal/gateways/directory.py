"""The directory, read through provisioning's queries; nothing is ever written to it from here."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.contacts import Contact
from domain.matching import Candidate
from domain.tax_codes import TaxId
from provisioning.directory import queries
from provisioning.directory.records import (
    AddressRecord,
    AgencyRecord,
    CustomerRecord,
    DocumentRecord,
    InstalmentRecord,
    PolicyRecord,
)


class DirectoryGateway:
    """Questions about one brand's customers; somebody else's objects are not there."""

    def __init__(self, engine: Engine) -> None:
        # Nothing is written here, so no transaction is begun: it would be two more ways to the server and back.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def candidates(self, brand: str, contact: Contact) -> tuple[Candidate, ...]:
        """Customers whose records hold the contact."""
        with Session(self._engine) as session:
            return queries.candidates_by_contact(session, brand, contact)

    def candidate(self, brand: str, customer_code: str) -> Candidate | None:
        """One customer as a candidate, or None."""
        with Session(self._engine) as session:
            return queries.candidate(session, brand, customer_code)

    def candidates_by_tax_id(self, brand: str, tax_id: TaxId) -> tuple[Candidate, ...]:
        """Customers with that tax code or VAT number."""
        with Session(self._engine) as session:
            return queries.candidates_by_tax_id(session, brand, tax_id)

    def customer(self, brand: str, customer_code: str) -> CustomerRecord | None:
        """The customer, or None."""
        with Session(self._engine) as session:
            return queries.customer(session, brand, customer_code)

    def agency(self, brand: str, customer_code: str) -> AgencyRecord | None:
        """The customer's agency, or None."""
        with Session(self._engine) as session:
            return queries.agency(session, brand, customer_code)

    def addresses(self, brand: str, customer_code: str) -> tuple[AddressRecord, ...]:
        """The agency's addresses of the customer."""
        with Session(self._engine) as session:
            return queries.addresses_of(session, brand, customer_code)

    def policies(self, brand: str, customer_code: str, *, archived: bool) -> tuple[PolicyRecord, ...]:
        """Active or archived policies, newest first."""
        with Session(self._engine) as session:
            return queries.policies_of(session, brand, customer_code, archived=archived)

    def policy(self, brand: str, customer_code: str, policy_number: str) -> PolicyRecord | None:
        """One policy the customer holds or is insured under, else None."""
        with Session(self._engine) as session:
            return queries.policy(session, brand, customer_code, policy_number)

    def instalments(self, brand: str, customer_code: str, policy_number: str) -> tuple[InstalmentRecord, ...]:
        """The instalments, for the holder alone."""
        with Session(self._engine) as session:
            return queries.instalments_of_policy(session, brand, customer_code, policy_number)

    def documents(self, brand: str, customer_code: str, policy_number: str) -> tuple[DocumentRecord, ...]:
        """The documents, for the holder alone."""
        with Session(self._engine) as session:
            return queries.documents_of_policy(session, brand, customer_code, policy_number)
