"""Checking codes: lifetimes, attempts, budgets, single use (SECURITY O1, O2, O3, O4, O6)."""

import threading
from collections import Counter

import pytest

from tests.unit.bridge.conftest import Bridge, wrong

OPERATION = {"id": "op-1", "text": "Modifica del domicilio", "amount": "1250.00"}


def test_a_right_code_is_approved_once_and_then_consumed(bridge: Bridge) -> None:
    verification, code = bridge.started()
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "consumed"


def test_codes_are_six_digits_and_keep_their_leading_zeros(monkeypatch: pytest.MonkeyPatch, bridge: Bridge) -> None:
    monkeypatch.setattr("sms_gateway_bridge.fingerprints.secrets.randbelow", lambda most: 42 if most == 10**6 else 0)
    verification, code = bridge.started()
    assert code == "000042"
    assert bridge.keycloak.check(verification, code="000042").json()["status"] == "approved"


@pytest.mark.parametrize(
    ("caller", "purpose", "validity_s"),
    [
        ("keycloak", "access", 120),
        ("keycloak", "operation", 300),
        ("portal", "registration", 172_800),
        ("portal", "recovery", 900),
        ("portal", "contact", 172_800),
    ],
)
def test_a_code_is_good_at_its_last_second_and_expired_one_later(
    bridge: Bridge, caller: str, purpose: str, validity_s: int
) -> None:
    extra = {"operation": OPERATION} if purpose == "operation" else {}
    tries = {"operation_id": "op-1"} if purpose == "operation" else {}
    for late, expected in ((0, "approved"), (1, "expired")):
        verification, code = bridge.started(caller, purpose=purpose, **extra)
        bridge.clock.advance(validity_s + late)
        assert bridge.client(caller).check(verification, code=code, **tries).json()["status"] == expected
        bridge.clock.advance(3600)


def test_the_validity_counts_from_the_moment_of_sending(bridge: Bridge) -> None:
    verification = bridge.keycloak.start().json()["id"]
    bridge.clock.advance(100)
    code = bridge.deliver()[0].code
    bridge.clock.advance(119)
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_the_fourth_attempt_is_exhausted_even_with_the_right_code(bridge: Bridge) -> None:
    verification, code = bridge.started()
    left = [bridge.keycloak.check(verification, code=wrong(code)).json() for _ in range(3)]
    assert [(one["status"], one["attempts_left"]) for one in left] == [("wrong", 2), ("wrong", 1), ("wrong", 0)]
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "exhausted"


def test_the_policy_is_held_within_the_limits_of_the_bridge(bridge: Bridge) -> None:
    generous = {"validity_s": 86_400, "max_attempts": 50, "resend_after_s": 1}
    verification, code = bridge.started(policy=generous)
    assert bridge.keycloak.show(verification).json()["attempts_left"] == 5
    assert bridge.keycloak.show(verification).json()["resend_after_s"] == 30
    bridge.clock.advance(301)
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "expired"


def test_fifty_guesses_at_once_are_three_evaluations_and_at_most_one_success(bridge: Bridge) -> None:
    verification, code = bridge.started()
    guesses = [wrong(code)] * 25 + [code] * 25
    answers: list[str] = []
    gate = threading.Barrier(50)

    def guess(value: str) -> None:
        gate.wait()
        answers.append(bridge.keycloak.check(verification, code=value).json()["status"])

    threads = [threading.Thread(target=guess, args=(value,)) for value in guesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(answers)
    assert len(answers) == 50
    assert counted["approved"] <= 1
    assert counted["approved"] + counted["wrong"] <= 3
    assert set(counted) <= {"approved", "wrong", "exhausted", "consumed"}


def test_ten_wrong_codes_in_an_hour_lock_the_customer_before_anything_is_compared(bridge: Bridge) -> None:
    statuses = []
    for number in range(4):
        verification, code = bridge.started(to=f"+39320123450{number}")
        statuses += [bridge.keycloak.check(verification, code=wrong(code)).json()["status"] for _ in range(3)]
    assert Counter(statuses) == {"wrong": 10, "exhausted": 2}
    verification, code = bridge.started(to="+393201234509")
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "exhausted"
    bridge.clock.advance(3601)
    verification, code = bridge.started(to="+393201234509")
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_a_resend_refills_the_attempts_of_the_code_but_never_the_hourly_budget(bridge: Bridge) -> None:
    verification, code = bridge.started("portal")
    wrongs = 0
    for _ in range(4):
        wrongs += sum(bridge.portal.check(verification, code=wrong(code)).json()["status"] == "wrong" for _ in range(3))
        bridge.clock.advance(140)
        assert bridge.portal.resend(verification).status == 200
        code = bridge.deliver()[0].code or ""
    assert wrongs == 10
    assert bridge.portal.check(verification, code=code).json()["status"] == "exhausted"


def test_what_a_stranger_does_in_registration_leaves_the_signed_in_budget_whole(bridge: Bridge) -> None:
    for number in range(4):
        verification, code = bridge.started("portal", to=f"+39320123450{number}")
        for _ in range(3):
            bridge.portal.check(verification, code=wrong(code))
    verification, code = bridge.started()
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


@pytest.mark.parametrize(
    "change",
    [
        "operation_text = 'Riscatto totale'",
        "operation_amount = '9250.00'",
        "customer_code = 'GEN0002'",
        "generation = generation + 1",
    ],
)
def test_an_operation_changed_behind_the_code_no_longer_fits_it(bridge: Bridge, change: str) -> None:
    verification, code = bridge.started(purpose="operation", operation=OPERATION)
    bridge.change(f"UPDATE verifications SET {change}")  # noqa: S608
    customer = "GEN0002" if "customer" in change else "GEN0001"
    answer = bridge.keycloak.check(verification, customer, code=code, operation_id="op-1")
    assert answer.json()["status"] == "wrong"


@pytest.mark.parametrize("presented", [{}, {"operation_id": "op-2"}])
def test_a_missing_or_other_operation_id_is_a_wrong_code(bridge: Bridge, presented: dict[str, str]) -> None:
    verification, code = bridge.started(purpose="operation", operation=OPERATION)
    answer = bridge.keycloak.check(verification, code=code, **presented).json()
    assert (answer["status"], answer["attempts_left"]) == ("wrong", 2)
    assert bridge.keycloak.check(verification, code=code, operation_id="op-1").json()["status"] == "approved"


def test_an_operation_id_does_not_open_an_access_code(bridge: Bridge) -> None:
    verification, code = bridge.started()
    assert bridge.keycloak.check(verification, code=code, operation_id="op-1").json()["status"] == "wrong"


def test_the_message_names_the_operation_and_its_amount(bridge: Bridge) -> None:
    bridge.started(purpose="operation", operation=OPERATION)
    assert "Modifica del domicilio" in bridge.provider.last.text
    assert "1.250,00 €" in bridge.provider.last.text


def test_another_customers_code_is_not_found(bridge: Bridge) -> None:
    verification, code = bridge.started()
    assert bridge.keycloak.check(verification, "GEN0002", code=code).status == 404
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_a_code_tried_before_it_was_sent_is_wrong_and_counted(bridge: Bridge) -> None:
    verification = bridge.keycloak.start().json()["id"]
    assert bridge.keycloak.check(verification, code="123456").json() == {
        "id": verification,
        "purpose": "access",
        "customer_code": "GEN0001",
        "operation_id": None,
        "status": "wrong",
        "attempts_left": 2,
    }
