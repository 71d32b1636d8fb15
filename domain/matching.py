"""Who is registering: the pure decision behind the registration screens.

Two ways in. `match_by_contact`: the contact is on file for some customers, and kind and name must select exactly
one. `match_by_tax_id`: tax code or VAT number and name select one, who then chooses among `usable_contacts`.
Every outcome says why in `reasons`, by stable codes and customer codes, for the operator's explanation; the screen
shows only the kind of outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.accounts import Account
from domain.brands import Brand, BrandKind, Eligibility, NameForm
from domain.company_names import same_company
from domain.contacts import Channel, Contact, calling_code
from domain.customers import CustomerKind, CustomerStatus
from domain.names import PersonName, same_person


class ReasonCode(StrEnum):
    """Why a customer was, or was not, selected."""

    SELECTED = "selected"
    CONTACT_NOT_ON_FILE = "contact_not_on_file"
    CONTACT_IS_LANDLINE = "contact_is_landline"
    PREFIX_NOT_ALLOWED = "prefix_not_allowed"
    CONTACT_IS_USERNAME = "contact_is_username"
    CUSTOMER_CEASED = "customer_ceased"
    KIND_DIFFERS = "kind_differs"
    NAME_DIFFERS = "name_differs"
    NO_POLICY = "no_policy"
    NO_ACTIVE_POLICY = "no_active_policy"
    NO_MOBILE_ON_FILE = "no_mobile_on_file"
    NO_USABLE_CONTACT = "no_usable_contact"
    ALREADY_REGISTERED = "already_registered"
    SEVERAL_CUSTOMERS = "several_customers"
    TAX_ID_NOT_ON_FILE = "tax_id_not_on_file"


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the explanation; `customer_code` is None when it concerns no one customer."""

    code: ReasonCode
    customer_code: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateContact:
    """A contact on file, with what the agency says of it. `roles`: preferred, dematerialisation, fea."""

    contact: Contact
    certified: bool = False
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who might be the one registering, with all that the decision needs.

    `has_policy` and `has_active_policy` count policies held and policies insured under alike.
    `insured_of_company_policy`: insured under a company's policy and holder of none.
    """

    customer_code: str
    kind: CustomerKind
    status: CustomerStatus
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    company_name: str = field(default="", repr=False)
    scheme: str = ""
    contacts: tuple[CandidateContact, ...] = ()
    has_policy: bool = False
    has_active_policy: bool = False
    insured_of_company_policy: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What was typed: kind, and a person's name or a company's, as the kind asks."""

    kind: BrandKind
    person: PersonName | None = None
    company_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What Keycloak knows of the candidates: contacts that are someone's username, customers already registered."""

    usernames: frozenset[Contact] = frozenset()
    registered: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contact: Contact, accounts: Iterable[Account]) -> AccountFacts:
        """Read the facts from the accounts that Keycloak knows the contact of."""
        known = tuple(accounts)
        return cls(
            usernames=frozenset({contact} if any(one.is_username for one in known) else ()),
            registered=frozenset(one.customer_code for one in known if one.registered),
        )


NO_ACCOUNTS = AccountFacts()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a match, one of the classes below."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Match(Outcome):
    """Exactly one customer."""

    customer_code: str


@dataclass(frozen=True, slots=True)
class ContactInUse(Outcome):
    """The customer is recognised, but the contact is already someone's username."""

    customer_code: str


@dataclass(frozen=True, slots=True)
class AlreadyRegistered(Outcome):
    """The customer is recognised and has an account: signing in or recovery is the way."""

    customer_code: str


@dataclass(frozen=True, slots=True)
class NotRecognised(Outcome):
    """No customer with this contact, kind and name: check the data, then the tax code."""


@dataclass(frozen=True, slots=True)
class Ambiguous(Outcome):
    """Several customers fit: the tax code must tell them apart; after it, only the agency can."""


@dataclass(frozen=True, slots=True)
class NoContacts(Outcome):
    """The customer is recognised, but nothing on file can be used."""

    customer_code: str


@dataclass(frozen=True, slots=True)
class NotACustomer(Outcome):
    """No customer who may register."""


def match_by_contact(
    brand: Brand, claim: Claim, contact: Contact, candidates: Iterable[Candidate], accounts: AccountFacts = NO_ACCOUNTS
) -> Outcome:
    """Decide from the contact, the kind and the name.

    `candidates` are the brand's customers whose records hold the contact. Whether the contact is someone's username
    is told only to who named its customer rightly.
    """
    unusable = _unusable(brand, contact)
    if unusable is not None:
        return NotRecognised((Reason(unusable),))
    holders = [one for one in candidates if any(held.contact == contact for held in one.contacts)]
    if not holders:
        return NotRecognised((Reason(ReasonCode.CONTACT_NOT_ON_FILE),))
    outcome = _recognise(brand, claim, holders, accounts, NotRecognised)
    if isinstance(outcome, Match) and contact in accounts.usernames:
        in_use = Reason(ReasonCode.CONTACT_IS_USERNAME, outcome.customer_code)
        return ContactInUse((*outcome.reasons, in_use), outcome.customer_code)
    return outcome


def match_by_tax_id(
    brand: Brand, claim: Claim, candidates: Iterable[Candidate], accounts: AccountFacts = NO_ACCOUNTS
) -> Outcome:
    """Decide from tax code or VAT number, the kind and the name.

    `candidates` are the brand's customers with that tax code or VAT number. A `Match` has at least one usable
    contact to choose from.
    """
    known = list(candidates)
    if not known:
        return NotACustomer((Reason(ReasonCode.TAX_ID_NOT_ON_FILE),))
    outcome = _recognise(brand, claim, known, accounts, NotACustomer)
    if isinstance(outcome, Match):
        found = next(one for one in known if one.customer_code == outcome.customer_code)
        if not usable_contacts(brand, found, accounts):
            reason = Reason(ReasonCode.NO_USABLE_CONTACT, found.customer_code)
            return NoContacts((*outcome.reasons, reason), found.customer_code)
    return outcome


def usable_contacts(brand: Brand, candidate: Candidate, accounts: AccountFacts = NO_ACCOUNTS) -> tuple[Contact, ...]:
    """Return the contacts a customer may choose as username, emails first: no landline, no disallowed prefix, no
    contact that is a username already.
    """
    usable = {
        held.contact
        for held in candidate.contacts
        if _unusable(brand, held.contact) is None and held.contact not in accounts.usernames
    }
    return tuple(sorted(usable))


def is_usable(brand: Brand, contact: Contact) -> bool:
    """Return whether a contact may be a username at all: no landline, no disallowed prefix."""
    return _unusable(brand, contact) is None


def has_disallowed_prefix(brand: Brand, candidate: Candidate) -> bool:
    """Return whether a mobile on file cannot be chosen because of its country prefix, which the customer is told."""
    return any(_unusable(brand, held.contact) is ReasonCode.PREFIX_NOT_ALLOWED for held in candidate.contacts)


def _recognise(
    brand: Brand,
    claim: Claim,
    candidates: Sequence[Candidate],
    accounts: AccountFacts,
    nobody: type[NotRecognised | NotACustomer],
) -> Outcome:
    """Select by kind and name; `nobody` is the outcome when none fits."""
    fitting, reasons = _select(claim, candidates)
    if not fitting:
        return nobody(tuple(reasons))
    if len(fitting) > 1:
        return Ambiguous((*reasons, Reason(ReasonCode.SEVERAL_CUSTOMERS)))
    found = fitting[0]
    refused = _refusal(brand, found, accounts, reasons)
    return refused or Match((*reasons, Reason(ReasonCode.SELECTED, found.customer_code)), found.customer_code)


def _unusable(brand: Brand, contact: Contact) -> ReasonCode | None:
    if contact.channel is Channel.LANDLINE:
        return ReasonCode.CONTACT_IS_LANDLINE
    if contact.channel is Channel.MOBILE and calling_code(contact.value) not in brand.mobile_prefixes:
        return ReasonCode.PREFIX_NOT_ALLOWED
    return None


def _select(claim: Claim, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Reason]]:
    fitting, reasons = [], []
    for candidate in sorted(candidates, key=lambda one: one.customer_code):
        failed = _misfit(claim, candidate)
        if failed is None:
            fitting.append(candidate)
        else:
            reasons.append(Reason(failed, candidate.customer_code))
    return fitting, reasons


def _misfit(claim: Claim, candidate: Candidate) -> ReasonCode | None:
    if candidate.status is CustomerStatus.CEASED:
        return ReasonCode.CUSTOMER_CEASED
    if candidate.kind not in claim.kind.feed_kinds:
        return ReasonCode.KIND_DIFFERS
    return None if _same_name(claim, candidate) else ReasonCode.NAME_DIFFERS


def _same_name(claim: Claim, candidate: Candidate) -> bool:
    if claim.kind.name_form is NameForm.PERSON:
        recorded = PersonName(candidate.first_name, candidate.last_name)
        return claim.person is not None and same_person(claim.person, recorded)
    if same_company(claim.company_name, candidate.company_name):
        return True
    # A professional who registers as a company may have no company name of their own.
    if candidate.kind is not CustomerKind.PROFESSIONAL:
        return False
    first, last = candidate.first_name, candidate.last_name
    return bool(first and last) and claim.company_name.strip() != "" and _is_full_name(claim.company_name, first, last)


def _is_full_name(typed: str, first: str, last: str) -> bool:
    return same_company(typed, f"{first} {last}") or same_company(typed, f"{last} {first}")


def _refusal(brand: Brand, found: Candidate, accounts: AccountFacts, reasons: list[Reason]) -> Outcome | None:
    code = found.customer_code
    if not found.has_policy:
        return NotACustomer((*reasons, Reason(ReasonCode.NO_POLICY, code)))
    if brand.eligibility is Eligibility.ACTIVE_POLICY_AND_MOBILE:
        if not found.has_active_policy:
            return NotACustomer((*reasons, Reason(ReasonCode.NO_ACTIVE_POLICY, code)))
        if not any(held.contact.channel is Channel.MOBILE for held in found.contacts):
            return NoContacts((*reasons, Reason(ReasonCode.NO_MOBILE_ON_FILE, code)), code)
    if code in accounts.registered:
        return AlreadyRegistered((*reasons, Reason(ReasonCode.ALREADY_REGISTERED, code)), code)
    return None
