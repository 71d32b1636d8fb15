"""Cancelling one's own online account: signed in, with a code sent to the user name (docs/decisions/0027).

Keycloak cancels it with the bridge's proof of that contact and nothing less; the agency's records stay as they are.
"""

from __future__ import annotations

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.sealing import BrowserSeal
from adapters.flask_portal.services.flow_rules import Answer, Start
from adapters.flask_portal.services.proving import ProvingService
from adapters.flask_portal.services.registration import Visitor
from adapters.flask_portal.sessions import Identity
from domain.brands import Brand
from domain.contacts import Contact, parse_contact
from domain.purposes import Purpose


class CancellationService:
    """Sends the code, and has the account cancelled for its proof."""

    def __init__(self, directory: DirectoryGateway, keycloak: KeycloakGateway, proving: ProvingService) -> None:
        self._directory = directory
        self._keycloak = keycloak
        self._proving = proving

    def username(self, identity: Identity) -> Contact | None:
        """The contact the code goes to; None when the agency has dropped it, and it receives no codes."""
        found = self._keycloak.username(identity.brand, identity.customer_code)
        return parse_contact(found.contact) if found is not None and found.on_file else None

    def begin(self, brand: Brand, identity: Identity, visitor: Visitor) -> Flow | None:
        """Send the code; None when there is no contact to send it to."""
        contact = self.username(identity)
        if contact is None:
            return None
        customer = self._directory.customer(brand.id, identity.customer_code)
        return self._proving.begin(
            Start(
                brand=brand,
                purpose=Purpose.CANCELLATION,
                locale=visitor.locale,
                contact=contact,
                customer_code=identity.customer_code,
                kind=None,
                greeting_name=(customer.first_name or customer.company_name or None) if customer else None,
                with_link=False,
                client_ip=visitor.client_ip,
                earlier=visitor.earlier,
            )
        )

    def resend(self, brand: Brand, identity: Identity, flow: Flow, client_ip: str | None) -> Flow:
        """Send a new code, unless the user name is another contact by now, or dropped: then the flow is over.

        Raises :class:`TooManyRequestsError` before the pause is over.
        """
        contact = self.username(identity)
        if contact is None or contact.value != flow.contact:
            return self._proving.refuse(flow)
        return self._proving.resend(brand, flow, client_ip)

    def carry_out(self, flow: Flow, browser: BrowserSeal) -> Answer:
        """Have the account cancelled, in the browser that brought the code; :attr:`Answer.APPROVED` when it is.

        While Keycloak is not reachable the flow stays proved, and this can be repeated.
        """

        def cancel(proof: str) -> None:
            self._keycloak.cancel(flow.brand, flow.customer_code or "", proof)

        flow, answer, _nothing = self._proving.exchange(flow, browser, cancel)
        if answer is Answer.APPROVED:
            self._proving.handed_over(flow)
            logger.info("account_cancelled", brand=flow.brand, customer=flow.customer_code)
        return answer
