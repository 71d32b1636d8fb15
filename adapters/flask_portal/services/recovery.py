"""Recovery of the credentials by the contact that is the user name.

An unknown contact, a tax code that does not belong to it and an account that recovery may not reopen all walk through
the same pages at the same pace; only a real one is sent a code.
"""

from __future__ import annotations

import hmac

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.sealing import BrowserSeal
from adapters.flask_portal.services.pace import Pace
from adapters.flask_portal.services.proving import Answer, ProvingService, Start
from adapters.flask_portal.services.registration import Visitor
from domain.accounts import RECOVERY_FROM, Account
from domain.brands import Ask, Brand
from domain.contacts import Contact
from domain.purposes import Purpose
from domain.tax_codes import TaxId
from provisioning.directory.records import CustomerRecord


class RecoveryService:
    """Begins a recovery, and checks its codes evenly."""

    def __init__(
        self, directory: DirectoryGateway, keycloak: KeycloakGateway, proving: ProvingService, pace: Pace
    ) -> None:
        self._directory = directory
        self._keycloak = keycloak
        self._proving = proving
        self._pace = pace

    def begin(self, brand: Brand, contact: Contact, tax_id: TaxId | None, visitor: Visitor) -> Flow:
        """Begin; the answer looks the same whoever the contact belongs to, if to anybody."""
        with self._pace.even():
            found = self._recoverable(brand, contact, tax_id)
            logger.info("recovery_asked", brand=brand.id, customer=found.customer_code if found else None)
            start = Start(
                brand=brand,
                purpose=Purpose.RECOVERY,
                locale=visitor.locale,
                contact=contact,
                customer_code=found.customer_code if found else None,
                kind=None,
                greeting_name=(found.first_name or found.company_name or None) if found else None,
                with_link=True,
                client_ip=visitor.client_ip,
            )
            return self._proving.begin(start)

    def check_code(self, flow: Flow, code: str, browser: BrowserSeal) -> tuple[Flow, Answer]:
        """Compare a code in the time that pretending to takes."""
        with self._pace.even():
            return self._proving.check_code(flow, code, browser)

    def resend(self, brand: Brand, flow: Flow, client_ip: str | None) -> Flow:
        """Send again in the time that pretending to takes."""
        with self._pace.even():
            return self._proving.resend(brand, flow, client_ip)

    def _recoverable(self, brand: Brand, contact: Contact, tax_id: TaxId | None) -> CustomerRecord | None:
        accounts = self._keycloak.by_contact(brand.id, contact.value)
        account = next((one for one in accounts if one.is_username and _may_recover(one)), None)
        # Looked up in any case, for the time it takes.
        customer = self._directory.customer(brand.id, account.customer_code if account else "")
        if customer is None or (brand.recovery.tax_id is Ask.ALWAYS and not _is_theirs(customer, tax_id)):
            return None
        return customer


def _may_recover(account: Account) -> bool:
    return account.registered and account.account_state in RECOVERY_FROM


def _is_theirs(customer: CustomerRecord, tax_id: TaxId | None) -> bool:
    if tax_id is None:
        return False
    own = (value for value in (customer.tax_code, customer.vat_number) if value)
    return any(hmac.compare_digest(value.encode(), tax_id.value.encode()) for value in own)
