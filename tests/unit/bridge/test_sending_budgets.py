"""Sending budgets (SECURITY O5): counted at the provider, invisible to whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sms_gateway_bridge.settings import SendLimits
from tests.unit.bridge.conftest import Bridge, wrong

NUMBER = "+393201234567"


def test_of_a_thousand_requests_for_one_number_five_reach_the_provider_in_ten_minutes(bridge: Bridge) -> None:
    for _ in range(1000):
        assert bridge.portal.start().status == 201
        bridge.clock.advance(0.599)
    assert len(bridge.deliver()) == 5


def test_requests_at_once_send_one_message(bridge: Bridge) -> None:
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: bridge.portal.start().status, range(40)))
    assert statuses == [201] * 40
    assert len(bridge.deliver()) == 1


def test_thirty_seconds_lie_between_two_sends_of_one_purpose(bridge: Bridge) -> None:
    bridge.portal.start()
    bridge.clock.advance(29)
    bridge.portal.start()
    assert len(bridge.deliver()) == 1
    bridge.clock.advance(1)
    bridge.portal.start()
    assert len(bridge.deliver()) == 1


def test_a_suppressed_send_answers_exactly_as_a_sent_one_and_no_code_fits_it(bridge: Bridge) -> None:
    sent = bridge.portal.start()
    held_back = bridge.portal.start()
    assert (held_back.status, set(held_back.headers)) == (sent.status, set(sent.headers))
    assert {**held_back.json(), "id": ""} == {**sent.json(), "id": ""}
    first, second = sent.json()["id"], held_back.json()["id"]
    assert len(first) == len(second)
    messages = bridge.deliver()
    assert len(messages) == 1
    assert {**bridge.portal.show(second).json(), "id": ""} == {**bridge.portal.show(first).json(), "id": ""}
    answer = bridge.portal.check(second, code=messages[0].code)
    assert (answer.json()["status"], answer.json()["attempts_left"]) == ("wrong", 2)
    assert bridge.portal.check(first, code=messages[0].code).json()["status"] == "approved"


def resend_until_held_back(bridge: Bridge, caller: str = "portal") -> tuple[str, str]:
    """A verification whose fifth and last admitted code was just delivered: its id and that code."""
    verification, code = bridge.started(caller)
    for _ in range(4):
        bridge.clock.advance(31)
        assert bridge.client(caller).resend(verification).status == 200
        (sent,) = bridge.deliver()
        code = sent.code or ""
    bridge.clock.advance(31)
    return verification, code


def test_a_resend_that_is_held_back_answers_as_a_sent_one_and_the_code_that_arrived_still_works(bridge: Bridge) -> None:
    verification, code = resend_until_held_back(bridge)
    answer = bridge.portal.resend(verification)
    assert (answer.status, answer.json()["resend_after_s"]) == (200, 30)
    assert bridge.deliver() == []
    assert bridge.portal.resend(verification).status == 429
    assert bridge.portal.check(verification, code=code).json()["status"] == "approved"


def test_a_resend_that_is_held_back_gives_no_further_guesses_at_a_code_that_works(bridge: Bridge) -> None:
    verification, code = resend_until_held_back(bridge)
    bridge.portal.check(verification, code=wrong(code))
    bridge.portal.resend(verification)
    assert bridge.portal.check(verification, code=wrong(code)).json()["attempts_left"] == 1


def test_a_resend_that_is_held_back_does_not_revive_an_expired_or_exhausted_code(bridge: Bridge) -> None:
    verification, code = resend_until_held_back(bridge)
    for _ in range(3):
        bridge.portal.check(verification, code=wrong(code))
    assert bridge.portal.resend(verification).status == 200
    assert bridge.deliver() == []
    assert bridge.portal.check(verification, code=code).json()["status"] == "wrong"


def test_a_start_that_is_held_back_leaves_the_customers_valid_code_as_it_was(bridge: Bridge) -> None:
    older, code = bridge.started()
    newer = bridge.keycloak.start().json()["id"]
    assert bridge.deliver() == []
    assert bridge.keycloak.check(newer, code=code).json()["status"] == "wrong"
    assert bridge.keycloak.check(older, code=code).json()["status"] == "approved"


def test_the_older_code_dies_as_soon_as_the_one_held_back_is_sent_after_all(bridge: Bridge) -> None:
    older, code = bridge.started()
    newer = bridge.keycloak.start().json()["id"]
    bridge.clock.advance(31)
    assert bridge.keycloak.resend(newer).status == 200
    assert bridge.keycloak.check(older, code=code).json()["status"] == "superseded"
    assert bridge.keycloak.check(newer, code=bridge.deliver()[0].code).json()["status"] == "approved"


def test_after_an_approved_code_the_next_one_is_sent_at_once(bridge: Bridge) -> None:
    for number in range(5):
        operation = {"id": f"op-{number}", "text": "Modifica del domicilio"}
        verification, code = bridge.started(purpose="operation", operation=operation)
        answer = bridge.keycloak.check(verification, code=code, operation_id=f"op-{number}")
        assert answer.json()["status"] == "approved"
    bridge.keycloak.start(purpose="operation", operation={"id": "op-6", "text": "Modifica del domicilio"})
    assert bridge.deliver() == []  # five in ten minutes, approved or not


def test_a_wrong_code_does_not_end_the_pause_and_an_approval_ends_only_that_of_its_purpose(bridge: Bridge) -> None:
    access, code = bridge.started()
    operation, operation_code = bridge.started(purpose="operation", operation={"id": "op", "text": "Domicilio"})
    bridge.keycloak.check(access, code=wrong(code))
    bridge.keycloak.check(operation, code=operation_code, operation_id="op")
    bridge.keycloak.start()
    assert bridge.deliver() == []


def test_an_approved_link_ends_the_pause_too(bridge: Bridge) -> None:
    verification, _ = bridge.started("portal", link_url="https://clienti.example/l")
    token = (bridge.provider.last.link or "").rsplit("/", 1)[1]
    assert bridge.portal.check(verification, link_token=token).json()["status"] == "approved"
    bridge.started("portal")


def test_a_stranger_uses_up_nothing_of_a_signed_in_customer(bridge: Bridge) -> None:
    for _ in range(50):
        bridge.portal.start()
        bridge.clock.advance(5)
    bridge.deliver()
    bridge.started()


def test_one_address_gets_ten_anonymous_sends_an_hour_whatever_the_numbers(bridge: Bridge) -> None:
    for number in range(15):
        bridge.portal.start(to=f"+3932012345{number:02d}", client_ip="203.0.113.9")
    assert len(bridge.deliver()) == 10
    bridge.portal.start(to="+393201234590", client_ip="203.0.113.10")
    assert len(bridge.deliver()) == 1
    bridge.clock.advance(3600)
    bridge.portal.start(to="+393201234591", client_ip="203.0.113.9")
    assert len(bridge.deliver()) == 1


def test_addresses_of_one_ipv6_network_count_as_one(bridge: Bridge) -> None:
    for number in range(15):
        bridge.portal.start(to=f"+3932012345{number:02d}", client_ip=f"2001:db8:1:2::{number + 1:x}")
    assert len(bridge.deliver()) == 10


@pytest.mark.parametrize("number", ["+33612345678", "+447911123456", "+41781234567"])
def test_a_number_abroad_gets_nothing_and_nobody_can_tell(bridge: Bridge, number: str) -> None:
    assert bridge.portal.start(to=number).status == 201
    assert bridge.deliver() == []


def test_prefixes_can_be_allowed(make_bridge: Any) -> None:
    bridge = make_bridge(SendLimits(allowed_prefixes=("+39", "+33")))
    bridge.portal.start(to="+33612345678")
    bridge.portal.start(to="+447911123456")
    assert [message.to for message in bridge.deliver()] == ["+33612345678"]


def test_a_landline_is_refused(bridge: Bridge) -> None:
    answer = bridge.portal.start(to="+390612345678")
    assert (answer.status, answer.json()["detail"]) == (422, "to: contact_is_landline")


def test_the_daily_spend_has_a_cap_that_strangers_cannot_use_up_for_customers(make_bridge: Any) -> None:
    bridge = make_bridge(SendLimits(sms_cost_cents=5, daily_anonymous_cents=12, daily_signed_in_cents=5))
    for number in range(4):
        bridge.portal.start(to=f"+39320123450{number}")
    assert len(bridge.deliver()) == 2
    bridge.keycloak.start()
    bridge.keycloak.start(to="+393201234599", customer_code="GEN0002")
    assert len(bridge.deliver()) == 1
    bridge.portal.start(channel="email", to="anna.rossi@example.com")
    assert len(bridge.deliver()) == 1
    bridge.clock.advance(86_400)
    bridge.portal.start()
    assert len(bridge.deliver()) == 1


def test_budgets_hold_fingerprints_and_no_contact_or_address(bridge: Bridge) -> None:
    bridge.portal.start(client_ip="203.0.113.9")
    rows = str(bridge.query("SELECT * FROM budget_hits")) + str(bridge.query("SELECT * FROM locks"))
    assert len(bridge.query("SELECT * FROM budget_hits")) == 2
    assert "320123" not in rows
    assert "203.0" not in rows
