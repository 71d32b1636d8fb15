"""Why a contact can or cannot be used to register: the operator's explanation, step by step.

Each customer who has the contact on file is put through the rule the portal decides by (`domain.matching`), as if
they typed kind and name exactly as recorded; what stops them even so is what the agency can mend. The contact is shown
by its mask only, customers by their codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from domain.accounts import REGISTRATION_FROM, Account, AccountState
from domain.brands import Brand, BrandKind, NameForm
from domain.contacts import Channel, Contact, ContactError, ContactIsLandlineError, contact, parse_contact
from domain.masking import mask_contact
from domain.matching import AccountFacts, Candidate, Claim, Match, ReasonCode, match_by_contact
from domain.names import PersonName
from provisioning.errors import RefusedError

_SENTENCES: Mapping[ReasonCode, str] = MappingProxyType(
    {
        ReasonCode.SELECTED: "is recognised by kind and name, and can register",
        ReasonCode.CONTACT_NOT_ON_FILE: "is on file for no customer of this brand: the agency must record it",
        ReasonCode.CONTACT_IS_LANDLINE: "is a landline, which receives no texts: an email or a mobile is needed",
        ReasonCode.PREFIX_NOT_ALLOWED: "has a country prefix that this brand does not write to",
        ReasonCode.CONTACT_IS_USERNAME: "cannot take a contact that is somebody's user name already",
        ReasonCode.CUSTOMER_CEASED: "is no longer a customer, says the agency",
        ReasonCode.KIND_DIFFERS: "is of another kind than chosen",
        ReasonCode.NAME_DIFFERS: "has another name than typed",
        ReasonCode.NO_POLICY: "neither holds a policy nor is insured under one",
        ReasonCode.NO_ACTIVE_POLICY: "has no active policy, which this brand asks for",
        ReasonCode.NO_MOBILE_ON_FILE: "has no mobile on file, which this brand asks for: the agency must record one",
        ReasonCode.NO_USABLE_CONTACT: "has no contact on file that could be a user name",
        ReasonCode.ALREADY_REGISTERED: "has an account already: signing in or recovery is the way",
        ReasonCode.SEVERAL_CUSTOMERS: "shares contact, kind and name with another: only the tax code tells them apart",
        ReasonCode.TAX_ID_NOT_ON_FILE: "has no such tax code or VAT number on file",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One finding: `customer_code` is None when it is about the contact itself; `good` None is a remark."""

    good: bool | None
    sentence: str
    customer_code: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All findings in the order they are made; `usable_by`: the customers who can register with the contact now."""

    masked: str
    channel: Channel
    steps: tuple[Step, ...]
    usable_by: tuple[str, ...]


def read_contact(raw: str) -> Contact:
    """Read what an operator typed: an email, a mobile of any country, or a landline.

    Raises `RefusedError` without repeating it.
    """
    try:
        return parse_contact(raw)
    except ContactIsLandlineError:
        return contact(Channel.LANDLINE, raw)
    except ContactError as error:
        raise RefusedError(error.code, "This is neither an email address nor a valid telephone number.") from error


def explain(brand: Brand, asked: Contact, holders: Sequence[Candidate], accounts: Iterable[Account]) -> Explanation:
    """Explain a contact to an operator of the brand.

    `holders` are the customers with the contact on file, `accounts` those Keycloak knows it of.
    """
    case = _Case(brand, asked, holders, {one.customer_code: one for one in accounts})
    steps, usable = list(case.of_contact()), []
    for holder in holders:
        found = tuple(case.of_customer(holder))
        steps += found
        if all(step.good is not False for step in found):
            usable.append(holder.customer_code)
    masked = mask_contact(asked, brand.masks.email, brand.masks.mobile)
    return Explanation(masked, asked.channel, tuple(steps), tuple(usable))


@dataclass(frozen=True, slots=True)
class _Case:
    brand: Brand
    asked: Contact
    holders: Sequence[Candidate]
    accounts: Mapping[str, Account]

    def of_contact(self) -> Iterator[Step]:
        # A claim of nobody: the rule then says what is wrong with the contact alone, if anything is.
        nobody = Claim(self.brand.kinds[0])
        verdict = match_by_contact(self.brand, nobody, self.asked, self.holders).reasons[0]
        if verdict.customer_code is None:
            yield Step(False, _SENTENCES[verdict.code])
        else:
            yield Step(True, f"is on file for {_customers(len(self.holders))} of this brand and can receive a code")
        for one in self.accounts.values():
            if one.is_username:
                yield Step(None, f"is the user name of {one.customer_code} ({one.account_state})")

    def of_customer(self, holder: Candidate) -> Iterator[Step]:
        code, kind = holder.customer_code, self.brand.kind_of(holder.kind)
        yield Step(None, f"registers as «{kind.label.it}»", code)
        claim, facts = _claim_on_file(kind, holder), AccountFacts.of(self.asked, self.accounts.values())
        outcome = match_by_contact(self.brand, claim, self.asked, self.holders, facts)
        about = [one.code for one in outcome.reasons if one.customer_code in (None, code)]
        yield Step(isinstance(outcome, Match), _SENTENCES[about[-1]], code)
        account = self.accounts.get(code)
        if account is None:
            yield Step(False, "is not in Keycloak with this contact yet: the delivery was not pushed, run sync", code)
        elif not account.registered and AccountState(account.account_state) not in REGISTRATION_FROM:
            yield Step(False, f"cannot register while the account is {account.account_state}", code)
        if not any(one.contact.channel is Channel.MOBILE for one in holder.contacts):
            yield Step(None, "has no mobile on file: first access will ask for one and stop there", code)


def _claim_on_file(kind: BrandKind, holder: Candidate) -> Claim:
    """What the customer would type, were it exactly what is on file."""
    if kind.name_form is NameForm.PERSON:
        return Claim(kind, person=PersonName(holder.first_name, holder.last_name))
    return Claim(kind, company_name=holder.company_name or f"{holder.first_name} {holder.last_name}".strip())


def _customers(count: int) -> str:
    return "one customer" if count == 1 else f"{count} customers"
