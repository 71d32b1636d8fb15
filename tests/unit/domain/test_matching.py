"""Matching: who may register, with what, and who is told what."""

from __future__ import annotations

from typing import Any

import pytest

from domain.brands import load_brands
from domain.contacts import Channel, Contact
from domain.customers import CustomerKind, CustomerStatus
from domain.matching import (
    AccountFacts,
    AlreadyRegistered,
    Ambiguous,
    Candidate,
    CandidateContact,
    Claim,
    ContactInUse,
    Match,
    NoContacts,
    NotACustomer,
    NotRecognised,
    Outcome,
    ReasonCode,
    match_by_contact,
    match_by_tax_id,
    usable_contacts,
)
from domain.names import PersonName

BRANDS = load_brands()
GENERALI, ALLEANZA = BRANDS["generali"], BRANDS["alleanza"]
EMAIL = Contact(Channel.EMAIL, "mario@example.it")
MOBILE = Contact(Channel.MOBILE, "+393201234567")
LANDLINE = Contact(Channel.LANDLINE, "+390612345678")
FOREIGN = Contact(Channel.MOBILE, "+447400123456")


def candidate(code: str = "G1", *contacts: Contact, **changes: Any) -> Candidate:
    settings: dict[str, Any] = {
        "kind": CustomerKind.PERSON,
        "status": CustomerStatus.ACTIVE,
        "first_name": "Mario",
        "last_name": "Rossi",
        "has_policy": True,
        "has_active_policy": True,
    }
    held = tuple(CandidateContact(one) for one in contacts or (EMAIL, MOBILE))
    return Candidate(code, contacts=held, **(settings | changes))


def person(brand: str = "generali", kind: str = "person", first: str = "Mario", last: str = "Rossi") -> Claim:
    return Claim(BRANDS[brand].kind(kind), PersonName(first, last))


def company(brand: str, name: str) -> Claim:
    return Claim(BRANDS[brand].kind("company"), company_name=name)


def codes(outcome: Outcome) -> list[ReasonCode]:
    return [reason.code for reason in outcome.reasons]


def test_kind_and_name_select_the_customer_behind_a_contact() -> None:
    outcome = match_by_contact(GENERALI, person(), EMAIL, [candidate()])
    assert isinstance(outcome, Match)
    assert outcome.customer_code == "G1"


def test_a_couple_s_contact_is_told_apart_by_the_name() -> None:
    couple = [candidate("G1", EMAIL), candidate("G2", EMAIL, first_name="Lucia", last_name="Bianchi")]
    outcome = match_by_contact(GENERALI, person(first="Lucia", last="Bianchi"), EMAIL, couple)
    assert isinstance(outcome, Match)
    assert outcome.customer_code == "G2"


def test_person_and_professional_of_one_name_are_told_apart_by_the_kind() -> None:
    both = [candidate("G1"), candidate("G2", kind=CustomerKind.PROFESSIONAL)]
    outcome = match_by_contact(GENERALI, person(kind="professional"), MOBILE, both)
    assert isinstance(outcome, Match)
    assert outcome.customer_code == "G2"


def test_two_of_one_name_and_kind_are_left_to_the_tax_code() -> None:
    outcome = match_by_contact(GENERALI, person(), EMAIL, [candidate("G1"), candidate("G2")])
    assert isinstance(outcome, Ambiguous)


def test_a_candidate_who_does_not_hold_the_contact_is_never_matched_by_it() -> None:
    assert isinstance(match_by_contact(GENERALI, person(), EMAIL, [candidate("G1", MOBILE)]), NotRecognised)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"first_name": "Luca"}, ReasonCode.NAME_DIFFERS),
        ({"kind": CustomerKind.PROFESSIONAL}, ReasonCode.KIND_DIFFERS),
        ({"status": CustomerStatus.CEASED}, ReasonCode.CUSTOMER_CEASED),
    ],
)
def test_a_customer_who_does_not_fit_is_not_recognised_and_the_reason_is_kept(
    changes: dict[str, Any], reason: ReasonCode
) -> None:
    outcome = match_by_contact(GENERALI, person(), EMAIL, [candidate(**changes)])
    assert isinstance(outcome, NotRecognised)
    assert codes(outcome) == [reason]


def test_that_a_contact_is_a_username_is_told_only_to_who_names_its_customer() -> None:
    accounts = AccountFacts(usernames=frozenset({EMAIL}))
    assert isinstance(match_by_contact(GENERALI, person(), EMAIL, [candidate()], accounts), ContactInUse)
    stranger = match_by_contact(GENERALI, person(first="Luca"), EMAIL, [candidate()], accounts)
    assert isinstance(stranger, NotRecognised)


def test_a_registered_customer_is_sent_to_sign_in() -> None:
    accounts = AccountFacts(registered=frozenset({"G1"}))
    assert isinstance(match_by_contact(GENERALI, person(), MOBILE, [candidate()], accounts), AlreadyRegistered)


@pytest.mark.parametrize(
    ("contact", "reason"),
    [(LANDLINE, ReasonCode.CONTACT_IS_LANDLINE), (FOREIGN, ReasonCode.PREFIX_NOT_ALLOWED)],
)
def test_a_landline_or_a_foreign_mobile_never_matches(contact: Contact, reason: ReasonCode) -> None:
    outcome = match_by_contact(GENERALI, person(), contact, [candidate("G1", contact)])
    assert isinstance(outcome, NotRecognised)
    assert codes(outcome) == [reason]


def test_generali_takes_any_policy_and_alleanza_an_active_one_with_a_mobile_on_file() -> None:
    past = candidate(has_active_policy=False)
    private = person("alleanza", "private")
    assert isinstance(match_by_contact(GENERALI, person(), EMAIL, [past]), Match)
    assert isinstance(match_by_contact(ALLEANZA, private, EMAIL, [past]), NotACustomer)
    assert isinstance(match_by_contact(ALLEANZA, private, EMAIL, [candidate()]), Match)
    assert isinstance(match_by_contact(ALLEANZA, private, EMAIL, [candidate("A1", EMAIL)]), NoContacts)
    nothing = candidate(has_policy=False, has_active_policy=False)
    assert isinstance(match_by_contact(GENERALI, person(), EMAIL, [nothing]), NotACustomer)


def test_a_professional_of_alleanza_registers_as_company_by_own_name_in_either_order() -> None:
    freelance = candidate("A1", kind=CustomerKind.PROFESSIONAL)
    for name in ("Mario Rossi", "ROSSI MARIO"):
        assert isinstance(match_by_contact(ALLEANZA, company("alleanza", name), EMAIL, [freelance]), Match)
    assert isinstance(match_by_contact(ALLEANZA, company("alleanza", "Rossi"), EMAIL, [freelance]), NotRecognised)


def test_by_tax_code_the_name_must_still_be_right() -> None:
    assert isinstance(match_by_tax_id(GENERALI, person(), [candidate()]), Match)
    assert isinstance(match_by_tax_id(GENERALI, person(first="Luca"), [candidate()]), NotACustomer)
    assert isinstance(match_by_tax_id(GENERALI, person(), []), NotACustomer)


def test_by_tax_code_a_customer_without_a_usable_contact_has_no_contacts() -> None:
    accounts = AccountFacts(usernames=frozenset({EMAIL}))
    held = candidate("G1", EMAIL, LANDLINE, FOREIGN)
    assert usable_contacts(GENERALI, held) == (EMAIL,)
    assert isinstance(match_by_tax_id(GENERALI, person(), [held], accounts), NoContacts)
