"""Recognising by tax code or VAT number whoever was not recognised by a contact, who then chooses a contact on file.

The name must still match. Each look-up is counted, by tax code and by network address, before anything is looked up;
what comes out takes whole steps of time. A tax code can be computed from public data, so whoever knows a customer's
name may see the masked contacts (docs/decisions/0018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.services.budgets import Budgets
from adapters.flask_portal.services.pace import Pace
from adapters.flask_portal.services.proving import ProvingService
from adapters.flask_portal.services.registration import Visitor, first_code, log_outcome
from domain.accounts import REGISTRATION_FROM
from domain.brands import Brand
from domain.contacts import Contact
from domain.matching import (
    AccountFacts,
    Candidate,
    Claim,
    Match,
    NoContacts,
    has_disallowed_prefix,
    match_by_tax_id,
    usable_contacts,
)
from domain.tax_codes import TaxId


class Unrecognised(StrEnum):
    """Why there is nothing to choose from: what may be told, not what is known."""

    NOT_RECOGNISED = "not_recognised"


@dataclass(frozen=True)
class Choice:
    """The contacts a recognised customer may choose from; none where nothing on file can be used.

    ``has_foreign_number``: another one is on file, but with a prefix the brand does not write to. ``scheme`` and
    ``insured_of_company`` say whom to turn to when none of them will do.
    """

    customer_code: str
    contacts: tuple[Contact, ...]
    has_foreign_number: bool
    scheme: str
    insured_of_company: bool


class RecognitionService:
    """From a tax code to the first code."""

    def __init__(
        self,
        directory: DirectoryGateway,
        keycloak: KeycloakGateway,
        proving: ProvingService,
        *,
        budgets: Budgets,
        pace: Pace,
    ) -> None:
        self._directory = directory
        self._keycloak = keycloak
        self._proving = proving
        self._budgets = budgets
        self._pace = pace

    def look_up(self, brand: Brand, claim: Claim, tax_id: TaxId, visitor: Visitor) -> Choice | Unrecognised:
        """Recognise the customer, or not.

        Raises :class:`TooManyRequestsError` when the day's look-ups of this code, or the hour's of this address, are
        used up, whoever the code belongs to.
        """
        self._budgets.look_up(brand.id, tax_id, visitor.client_ip)
        with self._pace.even():
            return self._recognise(brand, claim, tax_id)

    def choose(self, brand: Brand, claim: Claim, choice: Choice, contact: Contact, visitor: Visitor) -> Flow | None:
        """Send the first code to the chosen contact; None when the customer's records have changed meanwhile."""
        found = self._directory.candidate(brand.id, choice.customer_code)
        if found is None or contact not in usable_contacts(brand, found):
            return None
        return self._proving.begin(first_code(brand, claim.kind, found, contact, visitor))

    def _recognise(self, brand: Brand, claim: Claim, tax_id: TaxId) -> Choice | Unrecognised:
        candidates = self._directory.candidates_by_tax_id(brand.id, tax_id)
        outcome, facts = match_by_tax_id(brand, claim, candidates), AccountFacts()
        if isinstance(outcome, Match):
            found = _the(candidates, outcome.customer_code)
            facts = self._facts(brand, found)
            outcome = match_by_tax_id(brand, claim, candidates, facts)
        log_outcome(brand, "tax_id", outcome)
        if isinstance(outcome, Match):
            return _choice(brand, _the(candidates, outcome.customer_code), facts)
        if isinstance(outcome, NoContacts):
            return replace(_choice(brand, _the(candidates, outcome.customer_code), facts), contacts=())
        return Unrecognised.NOT_RECOGNISED

    def _facts(self, brand: Brand, found: Candidate) -> AccountFacts:
        """What Keycloak knows of the customer and of each contact that could be chosen."""
        usernames, closed = set(), set()
        for contact in usable_contacts(brand, found):
            for account in self._keycloak.by_contact(brand.id, contact.value):
                if account.is_username:
                    usernames.add(contact)
                if account.registered or account.account_state not in REGISTRATION_FROM:
                    closed.add(account.customer_code)
        return AccountFacts(frozenset(usernames), frozenset(closed))


def _choice(brand: Brand, found: Candidate, facts: AccountFacts) -> Choice:
    return Choice(
        customer_code=found.customer_code,
        contacts=usable_contacts(brand, found, facts),
        has_foreign_number=has_disallowed_prefix(brand, found),
        scheme=found.scheme,
        insured_of_company=found.insured_of_company_policy,
    )


def _the(candidates: tuple[Candidate, ...], customer_code: str) -> Candidate:
    return next(one for one in candidates if one.customer_code == customer_code)
