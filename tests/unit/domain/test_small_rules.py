"""Account states, the access mobile, tax codes, purposes and clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.access_mobile import MobileOnFile, access_mobile, rank_mobiles
from domain.accounts import RECOVERY_FROM, AccountState, Actor, may_move
from domain.clock import FixedClock, SystemClock
from domain.dates import day_in_italy
from domain.purposes import Purpose
from domain.tax_codes import TaxIdError, canonical_tax_code, canonical_vat_number, parse_tax_or_vat

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_access_mobile_is_certified_first_then_preferred_then_newest() -> None:
    old = MobileOnFile("+393200000001", certified=False, preferred=False, updated_at=DAY)
    new = MobileOnFile("+393200000002", certified=False, preferred=False, updated_at=DAY + timedelta(days=1))
    preferred = MobileOnFile("+393200000003", certified=False, preferred=True, updated_at=DAY)
    certified = MobileOnFile("+393200000004", certified=True, preferred=False, updated_at=DAY)
    ranked = rank_mobiles([old, new, preferred, certified])
    assert ranked == tuple(one.value for one in (certified, preferred, new, old))
    assert access_mobile([]) is None


def test_equal_mobiles_are_ranked_the_same_whatever_the_order_they_come_in() -> None:
    pair = [MobileOnFile(f"+39320000000{i}", certified=True, preferred=True, updated_at=DAY) for i in (1, 2)]
    assert rank_mobiles(pair) == rank_mobiles(reversed(pair))


def test_only_an_administrator_lifts_a_block_and_recovery_never_does() -> None:
    blocked = AccountState.BLOCKED
    for after in set(AccountState) - {blocked}:
        for actor in set(Actor) - {Actor.ADMINISTRATOR}:
            assert not may_move(actor, blocked, after)
    assert may_move(Actor.ADMINISTRATOR, blocked, AccountState.REGISTERED)
    assert {AccountState.REGISTERED, AccountState.INACTIVE} == RECOVERY_FROM


def test_sync_sets_and_clears_only_ceased() -> None:
    for before in AccountState:
        for after in AccountState:
            if before is not after and may_move(Actor.SYNC, before, after):
                assert AccountState.CEASED in (before, after)


def test_only_a_registered_account_can_sign_in() -> None:
    assert [state for state in AccountState if state.can_sign_in] == [AccountState.REGISTERED]


@pytest.mark.parametrize("raw", ["rssmra80a01h501u", " RSSMRA80A01H501U ", "RSS MRA 80A01 H501U"])
def test_a_tax_code_is_canonical_in_upper_case_without_blanks(raw: str) -> None:
    assert canonical_tax_code(raw) == "RSSMRA80A01H501U"


def test_a_tax_code_with_replaced_digits_is_accepted_and_a_wrong_check_character_is_not() -> None:
    from stdnum.it import codicefiscale

    body = "RSSMRA80A01H50M"
    assert canonical_tax_code(body + codicefiscale.calc_check_digit(body)).startswith(body)
    with pytest.raises(TaxIdError):
        canonical_tax_code("RSSMRA80A01H501X")


def test_one_field_takes_a_tax_code_or_a_vat_number() -> None:
    assert parse_tax_or_vat("IT 00743110157").value == canonical_vat_number("00743110157") == "00743110157"
    assert parse_tax_or_vat("00743110157").may_be_vat_number
    assert not parse_tax_or_vat("RSSMRA80A01H501U").may_be_vat_number
    for wrong in ("", "00743110158", "x" * 16, "\u0660" * 11):
        with pytest.raises(TaxIdError):
            parse_tax_or_vat(wrong)


def test_registration_and_recovery_are_the_anonymous_purposes() -> None:
    assert {one for one in Purpose if one.is_anonymous} == {Purpose.REGISTRATION, Purpose.RECOVERY}
    proving = {Purpose.REGISTRATION, Purpose.RECOVERY, Purpose.CONTACT, Purpose.CANCELLATION}
    assert {one for one in Purpose if one.yields_proof} == proving


def test_clocks_are_aware_and_movable() -> None:
    clock = FixedClock(DAY)
    clock.advance(1.5)
    assert clock.now() == DAY + timedelta(seconds=1.5)
    ahead = SystemClock(3600).now() - SystemClock().now()
    assert timedelta(minutes=59) < ahead <= timedelta(hours=1)
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_day_in_italy_begins_at_italian_midnight() -> None:
    assert day_in_italy(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)).day == 2
    assert day_in_italy(datetime(2026, 1, 1, 22, 30, tzinfo=UTC)).day == 1
