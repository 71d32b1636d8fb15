"""Recovery of the credentials: by the contact that is the user name, or by tax code or VAT number.

Whoever asks walks through the same pages at the same pace, whether what was typed belongs to nobody, to somebody else
or to an account that recovery may not reopen; only a real one is sent a code. Where the contact proved is also the
number that receives the access codes, its owner, and nobody before, is asked for tax code and policy number: a stolen
SIM alone then opens nothing (docs/decisions/0020).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.sealing import BrowserSeal, fingerprint
from adapters.flask_portal.services.budgets import Budgets
from adapters.flask_portal.services.flow_rules import Answer, Start
from adapters.flask_portal.services.pace import Pace
from adapters.flask_portal.services.proving import ProvingService
from adapters.flask_portal.services.registration import Visitor
from domain.accounts import RECOVERY_FROM, Account
from domain.brands import Ask, Brand
from domain.contacts import Channel, Contact, parse_contact
from domain.purposes import Purpose
from domain.recovery import AgencyContact, in_place_of_username, same_policy_number
from domain.tax_codes import TaxId
from provisioning.directory.records import CustomerRecord

TAX_ID, POLICY_NUMBER = "tax_id", "policy_number"


@dataclass(frozen=True)
class _Found:
    """A customer whose credentials may be recovered, and the contact the message goes to."""

    customer: CustomerRecord
    contact: Contact
    is_access_mobile: bool


class RecoveryService:
    """Begins a recovery, checks its codes evenly, and asks what a code alone does not show."""

    def __init__(
        self,
        directory: DirectoryGateway,
        keycloak: KeycloakGateway,
        proving: ProvingService,
        *,
        budgets: Budgets,
        pace: Pace,
        secret_key: str,
    ) -> None:
        self._directory = directory
        self._keycloak = keycloak
        self._proving = proving
        self._budgets = budgets
        self._pace = pace
        self._secret_key = secret_key

    def begin(self, brand: Brand, contact: Contact, tax_id: TaxId | None, visitor: Visitor) -> Flow:
        """Begin with the user name; the answer looks the same whoever the contact belongs to, if to anybody."""
        with self._pace.even():
            found = self._by_username(brand, contact, tax_id)
            asked = {TAX_ID} if brand.recovery.tax_id is Ask.ALWAYS else set()
            typed = self._typed(brand, contact.value, tax_id, "")
            return self._start(brand, visitor, found, contact, asked_by="contact", known=asked, typed=typed)

    def begin_by_tax_id(self, brand: Brand, tax_id: TaxId, policy_number: str, visitor: Visitor) -> Flow:
        """Begin with the tax code or VAT number; ``policy_number`` may be empty, and tells two accounts apart.

        Raises :class:`TooManyRequestsError` when the day's look-ups of this code, or the hour's of this address, are
        used up, whoever the code belongs to.
        """
        self._budgets.look_up(brand.id, tax_id, visitor.client_ip)
        with self._pace.even():
            found = self._by_tax_id(brand, tax_id, policy_number)
            known = {TAX_ID, POLICY_NUMBER} if policy_number else {TAX_ID}
            nowhere = self._nowhere(brand, tax_id)
            reached = found.contact if found else nowhere
            typed = self._typed(brand, "", tax_id, policy_number)
            return self._start(brand, visitor, found, reached, asked_by=TAX_ID, known=known, typed=typed)

    def check_code(self, flow: Flow, code: str, browser: BrowserSeal) -> tuple[Flow, Answer]:
        """Compare a code in the time that pretending to takes."""
        with self._pace.even():
            return self._proving.check_code(flow, code, browser)

    def resend(self, brand: Brand, flow: Flow, client_ip: str | None) -> Flow:
        """Send again in the time that pretending to takes; never to a contact that was dropped meanwhile."""
        with self._pace.even():
            accounts = self._keycloak.by_contact(brand.id, flow.contact)
            held = any(one.customer_code == flow.customer_code and one.on_file for one in accounts)
            return self._proving.resend(brand, flow, client_ip, on_file=held or flow.customer_code is None)

    def answer(self, brand: Brand, flow: Flow, tax_id: TaxId | None, policy_number: str) -> Flow | None:
        """Hold the answers against the record; None when one is wrong, the flow without questions when all are right.

        Raises :class:`TooManyRequestsError` when the customer's tries of this day are used up.
        """
        self._budgets.answers(brand.id, flow.customer_code or "")
        with self._pace.even():
            customer = self._directory.customer(brand.id, flow.customer_code or "")
            asked = flow.questions.split()
            right = customer is not None and (TAX_ID not in asked or _is_theirs(customer, tax_id))
            right = right and (POLICY_NUMBER not in asked or self._has_policy(brand, flow.customer_code, policy_number))
            logger.info("recovery_answered", brand=brand.id, customer=flow.customer_code, right=right)
            return self._proving.answered(flow) if right else None

    def _start(
        self,
        brand: Brand,
        visitor: Visitor,
        found: _Found | None,
        contact: Contact,
        *,
        asked_by: str,
        known: set[str],
        typed: str,
    ) -> Flow:
        customer = found.customer if found else None
        logger.info(
            "recovery_asked", brand=brand.id, by=asked_by, customer=customer.customer_code if customer else None
        )
        needed = [one for one in (TAX_ID, POLICY_NUMBER) if one not in known]
        return self._proving.begin(
            Start(
                brand=brand,
                purpose=Purpose.RECOVERY,
                locale=visitor.locale,
                contact=contact,
                customer_code=customer.customer_code if customer else None,
                kind=None,
                greeting_name=(customer.first_name or customer.company_name or None) if customer else None,
                with_link=True,
                client_ip=visitor.client_ip,
                asked_by=asked_by,
                questions=" ".join(needed) if found and found.is_access_mobile else "",
                typed=typed,
                app=visitor.app,
                earlier=visitor.earlier,
            )
        )

    def _by_username(self, brand: Brand, contact: Contact, tax_id: TaxId | None) -> _Found | None:
        accounts = self._keycloak.by_contact(brand.id, contact.value)
        account = next((one for one in accounts if one.is_username and one.on_file and _may_recover(one)), None)
        # Looked up in any case, for the time it takes.
        customer = self._directory.customer(brand.id, account.customer_code if account else "")
        if account is None or customer is None:
            return None
        if brand.recovery.tax_id is Ask.ALWAYS and not _is_theirs(customer, tax_id):
            return None
        return _Found(customer, contact, account.is_access_mobile)

    def _by_tax_id(self, brand: Brand, tax_id: TaxId, policy_number: str) -> _Found | None:
        codes = [one.customer_code for one in self._directory.candidates_by_tax_id(brand.id, tax_id)]
        # Nobody's tax code is asked about as well, for the time it takes.
        usernames = {code: self._keycloak.username(brand.id, code) for code in codes or ["-"]}
        open_accounts = [code for code in codes if usernames[code] is not None]
        if policy_number:
            open_accounts = [code for code in open_accounts if self._has_policy(brand, code, policy_number)]
        customer = self._directory.customer(brand.id, open_accounts[0] if len(open_accounts) == 1 else "")
        username = usernames[customer.customer_code] if customer else None
        if customer is None or username is None:
            self._keycloak.by_contact(brand.id, self._nowhere(brand, tax_id).value)
            return None
        wanted = (parse_contact(username.contact),) if username.on_file else in_place_of_username(brand, _of(customer))
        return next(filter(None, (self._reachable(brand, customer, one) for one in wanted)), None)

    def _reachable(self, brand: Brand, customer: CustomerRecord, contact: Contact) -> _Found | None:
        """The contact, unless it is somebody else's user name or Keycloak does not have it on file."""
        accounts = self._keycloak.by_contact(brand.id, contact.value)
        own = next((one for one in accounts if one.customer_code == customer.customer_code and one.on_file), None)
        if own is None or any(one.is_username and one is not own for one in accounts):
            return None
        return _Found(customer, contact, own.is_access_mobile)

    def _has_policy(self, brand: Brand, customer_code: str | None, policy_number: str) -> bool:
        """Whether the customer holds or is insured under the policy, active or not."""
        code = customer_code or ""
        numbers = (
            one.policy_number
            for archived in (False, True)
            for one in self._directory.policies(brand.id, code, archived=archived)
        )
        return any(same_policy_number(one, policy_number) for one in numbers)

    def _typed(self, brand: Brand, contact: str, tax_id: TaxId | None, policy_number: str) -> str:
        values = (brand.id, contact, tax_id.value if tax_id else "", policy_number)
        return fingerprint(self._secret_key, "recovery-typed", "\n".join(values))

    def _nowhere(self, brand: Brand, tax_id: TaxId) -> Contact:
        """The contact of a decoy: one for each tax code, so that budgets behave, in a domain nobody can have."""
        local = fingerprint(self._secret_key, "nobody", f"{brand.id}\n{tax_id.value}")[:40]
        return Contact(Channel.EMAIL, f"{local}@nessuno.invalid")


def _of(customer: CustomerRecord) -> list[AgencyContact]:
    return [
        AgencyContact(one.contact, one.certified, "preferred" in one.roles, one.updated_at) for one in customer.contacts
    ]


def _may_recover(account: Account) -> bool:
    return account.registered and account.account_state in RECOVERY_FROM


def _is_theirs(customer: CustomerRecord, tax_id: TaxId | None) -> bool:
    if tax_id is None:
        return False
    own = (value for value in (customer.tax_code, customer.vat_number) if value)
    return any(hmac.compare_digest(value.encode(), tax_id.value.encode()) for value in own)
