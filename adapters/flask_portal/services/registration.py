"""Who is registering: what was typed is held against the directory, and a code is sent to a recognised contact.

The rules are :mod:`domain.matching`'s. A contact that is already a user name, and a customer already registered, get
the same answer as data that fit nobody: it tells how to go on in all three cases and which it is in none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.services.flow_rules import Start
from adapters.flask_portal.services.pace import Pace
from adapters.flask_portal.services.proving import ProvingService
from domain.brands import Brand, BrandKind
from domain.contacts import Channel, Contact
from domain.matching import (
    AccountFacts,
    Candidate,
    Claim,
    Match,
    NoContacts,
    NotACustomer,
    Outcome,
    match_by_contact,
    usable_contacts,
)
from domain.purposes import Purpose


class Refusal(StrEnum):
    """Why a registration cannot go on."""

    CHECK_DATA = "check_data"
    NOT_A_CUSTOMER = "not_a_customer"
    NO_CONTACTS = "no_contacts"


@dataclass(frozen=True)
class Visitor:
    """Whoever is at the browser.

    ``locale``: the language chosen; ``client_ip``: where it comes from (for the send limits); ``earlier``: the flow it
    followed before, of the same purpose; ``app``: the other app it came from and goes back to.
    """

    locale: str
    client_ip: str | None
    earlier: Flow | None = None
    app: str | None = None


class RegistrationService:
    """The recognised path of a registration."""

    def __init__(
        self, directory: DirectoryGateway, keycloak: KeycloakGateway, proving: ProvingService, pace: Pace
    ) -> None:
        self._directory = directory
        self._keycloak = keycloak
        self._proving = proving
        self._pace = pace

    def begin(self, brand: Brand, claim: Claim, contact: Contact, visitor: Visitor) -> Flow | Refusal:
        """Recognise the customer and send the code, or say why not, in whole steps of time.

        The refusals read alike whoever a contact belongs to; how long they take must not tell either.
        """
        with self._pace.even():
            return self._recognise(brand, claim, contact, visitor)

    def resend(self, brand: Brand, flow: Flow, client_ip: str | None) -> Flow:
        """Send a new code, unless the agency has dropped the contact since: then the flow is over.

        Raises :class:`TooManyRequestsError` before the pause is over.
        """
        found = self._directory.candidate(brand.id, flow.customer_code or "")
        contact = Contact(Channel(flow.channel), flow.contact)
        if found is None or contact not in usable_contacts(brand, found):
            return self._proving.refuse(flow)
        return self._proving.resend(brand, flow, client_ip)

    def _recognise(self, brand: Brand, claim: Claim, contact: Contact, visitor: Visitor) -> Flow | Refusal:
        candidates = self._directory.candidates(brand.id, contact)
        # Asked in every case, so that the answer takes as long for a stranger's contact.
        accounts = self._keycloak.by_contact(brand.id, contact.value)
        outcome = match_by_contact(brand, claim, contact, candidates, AccountFacts.of(contact, accounts))
        log_outcome(brand, "contact", outcome)
        if isinstance(outcome, Match):
            found = next(one for one in candidates if one.customer_code == outcome.customer_code)
            return self._proving.begin(first_code(brand, claim.kind, found, contact, visitor))
        if isinstance(outcome, NotACustomer):
            return Refusal.NOT_A_CUSTOMER
        return Refusal.NO_CONTACTS if isinstance(outcome, NoContacts) else Refusal.CHECK_DATA


def first_code(brand: Brand, kind: BrandKind, found: Candidate, contact: Contact, visitor: Visitor) -> Start:
    """The start of a recognised customer's proof of a contact."""
    return Start(
        brand=brand,
        purpose=Purpose.REGISTRATION,
        locale=visitor.locale,
        contact=contact,
        customer_code=found.customer_code,
        kind=kind.id,
        greeting_name=found.first_name or found.company_name or None,
        with_link=kind.registration_link,
        client_ip=visitor.client_ip,
        app=visitor.app,
        earlier=visitor.earlier,
    )


def log_outcome(brand: Brand, asked_by: str, outcome: Outcome) -> None:
    """Log an attempt with the reasons that `area-clienti explain` gives, by customer codes."""
    logger.info(
        "registration_asked",
        brand=brand.id,
        by=asked_by,
        outcome=type(outcome).__name__,
        reasons=[{"code": reason.code, "customer": reason.customer_code} for reason in outcome.reasons],
    )
