"""Which contact takes the place of a user name that the agency has dropped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.brands import load_brands
from domain.contacts import Channel, Contact
from domain.recovery import AgencyContact, in_place_of_username, same_policy_number

GENERALI = load_brands()["generali"]


def held(value: str, *, certified: bool = False, preferred: bool = False, day: int = 1) -> AgencyContact:
    channel = Channel.EMAIL if "@" in value else Channel.LANDLINE if value.startswith("+3902") else Channel.MOBILE
    return AgencyContact(Contact(channel, value), certified, preferred, datetime(2026, 1, day, tzinfo=UTC))


def test_an_email_comes_before_a_mobile_and_among_equals_the_better_known() -> None:
    contacts = [
        held("+393201234567", certified=True, preferred=True, day=9),
        held("old@example.it"),
        held("new@example.it", day=2),
        held("preferred@example.it", preferred=True),
        held("certified@example.it", certified=True),
    ]
    order = [one.value for one in in_place_of_username(GENERALI, contacts)]
    emails = ["certified@example.it", "preferred@example.it", "new@example.it", "old@example.it"]
    assert order == [*emails, "+393201234567"]


def test_landlines_and_foreign_prefixes_take_no_place() -> None:
    assert in_place_of_username(GENERALI, [held("+390212345678"), held("+447400123456")]) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("GI 100.000/12", "gi10000012", True), ("GI-1", "GI1", True), ("GI1", "GI11", False), ("", " - ", False)],
)
def test_policy_numbers_are_the_same_whatever_stands_between_their_characters(one: str, other: str, same: bool) -> None:
    assert same_policy_number(one, other) == same
