"""Only the newest code is valid: resend and supersession (SECURITY O2); links (R3); proofs (T1)."""

import threading
from collections import Counter

import pytest

from sms_gateway_bridge.proofs import verify
from tests.unit.bridge.conftest import Bridge, wrong

LINK = "https://clienti.example/generali/registrazione/link"


def token_of(bridge: Bridge) -> str:
    link = bridge.provider.last.link
    assert link is not None
    return link.rsplit("/", 1)[1]


def test_a_resend_kills_the_old_code_at_once_and_the_new_one_works(bridge: Bridge) -> None:
    verification, old = bridge.started()
    bridge.clock.advance(31)
    assert bridge.keycloak.resend(verification).status == 200
    assert bridge.keycloak.check(verification, code=old).json()["status"] == "wrong"
    new = bridge.deliver()[0].code
    assert bridge.keycloak.check(verification, code=new).json()["status"] == "approved"


def test_a_resend_before_the_pause_is_refused_and_says_when(bridge: Bridge) -> None:
    verification, code = bridge.started()
    bridge.clock.advance(10)
    answer = bridge.keycloak.resend(verification)
    assert (answer.status, answer.headers["retry-after"]) == (429, "20")
    assert answer.json()["code"] == "resend_too_soon"
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_a_finished_verification_cannot_be_sent_again(bridge: Bridge) -> None:
    verification, code = bridge.started()
    bridge.keycloak.check(verification, code=code)
    bridge.clock.advance(31)
    assert bridge.keycloak.resend(verification).json()["code"] == "verification_closed"


def test_an_expired_or_exhausted_code_can_be_asked_for_anew(bridge: Bridge) -> None:
    verification, code = bridge.started()
    for _ in range(3):
        bridge.keycloak.check(verification, code=wrong(code))
    bridge.clock.advance(121)
    assert bridge.keycloak.show(verification).json()["status"] == "expired"
    assert bridge.keycloak.resend(verification).status == 200
    assert bridge.keycloak.check(verification, code=bridge.deliver()[0].code).json()["status"] == "approved"


def test_a_newer_verification_supersedes_the_customers_older_one_of_that_purpose(bridge: Bridge) -> None:
    older, older_code = bridge.started()
    operation, operation_code = bridge.started(purpose="operation", operation={"id": "op", "text": "Domicilio"})
    bridge.clock.advance(31)
    newer, newer_code = bridge.started()
    assert bridge.keycloak.check(older, code=older_code).json()["status"] == "superseded"
    assert bridge.keycloak.check(newer, code=newer_code).json()["status"] == "approved"
    answer = bridge.keycloak.check(operation, code=operation_code, operation_id="op")
    assert answer.json()["status"] == "approved"


def test_registrations_supersede_each_other_within_one_flow_only(bridge: Bridge) -> None:
    first, first_code = bridge.started("portal", flow_id="flow-a")
    other, other_code = bridge.started("portal", flow_id="flow-b", to="+393201234568")
    bridge.clock.advance(31)
    bridge.started("portal", flow_id="flow-a")
    assert bridge.portal.check(first, code=first_code).json()["status"] == "superseded"
    assert bridge.portal.check(other, code=other_code).json()["status"] == "approved"


def test_a_superseded_verification_still_in_the_queue_is_never_sent(bridge: Bridge) -> None:
    bridge.keycloak.start()
    bridge.clock.advance(31)
    newer = bridge.keycloak.start().json()["id"]
    sent = bridge.deliver()
    assert len(sent) == 1
    assert bridge.keycloak.check(newer, code=sent[0].code).json()["status"] == "approved"


def test_a_link_carries_at_least_128_random_bits_and_its_id(bridge: Bridge) -> None:
    verification, _ = bridge.started("portal", link_url=LINK)
    link = bridge.provider.last.link
    assert link is not None
    assert link.startswith(f"{LINK}/{verification}/")
    assert len(token_of(bridge)) >= 22
    assert link in bridge.provider.last.text


def test_twenty_posts_of_one_link_at_once_have_one_winner(bridge: Bridge) -> None:
    verification, _ = bridge.started("portal", link_url=LINK)
    token = token_of(bridge)
    answers: list[str] = []
    gate = threading.Barrier(20)

    def follow() -> None:
        gate.wait()
        answers.append(bridge.portal.check(verification, link_token=token).json()["status"])

    threads = [threading.Thread(target=follow) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {"approved": 1, "consumed": 19}


def test_looking_at_a_verification_ten_times_consumes_nothing(bridge: Bridge) -> None:
    verification, _ = bridge.started("portal", link_url=LINK)
    assert {bridge.portal.show(verification).json()["status"] for _ in range(10)} == {"pending"}
    assert bridge.portal.check(verification, link_token=token_of(bridge)).json()["status"] == "approved"


def test_a_wrong_link_token_is_wrong_and_costs_no_attempt(bridge: Bridge) -> None:
    verification, code = bridge.started("portal", link_url=LINK)
    for _ in range(5):
        assert bridge.portal.check(verification, link_token="A" * 32).json()["status"] == "wrong"
    assert bridge.portal.check(verification, code=code).json()["status"] == "approved"


def test_a_resend_kills_the_link_too(bridge: Bridge) -> None:
    verification, _ = bridge.started("portal", link_url=LINK)
    old = token_of(bridge)
    bridge.clock.advance(31)
    bridge.portal.resend(verification)
    bridge.deliver()
    assert bridge.portal.check(verification, link_token=old).json()["status"] == "wrong"
    assert bridge.portal.check(verification, link_token=token_of(bridge)).json()["status"] == "approved"


def test_the_link_of_a_recovery_outlives_its_code_and_ends_after_two_days(bridge: Bridge) -> None:
    for seconds, expected in ((172_800, "approved"), (172_801, "expired")):
        verification, code = bridge.started("portal", purpose="recovery", link_url=LINK)
        bridge.clock.advance(seconds)
        assert bridge.portal.check(verification, code=code).json()["status"] == "expired"
        assert bridge.portal.check(verification, link_token=token_of(bridge)).json()["status"] == expected


@pytest.mark.parametrize(
    "link_url",
    [
        "https://evil.example/x",
        "https://clienti.example.evil.example/x",
        "https://clienti.example@evil.example/x",
        "http://clienti.example/x",
        "https://clienti.example:444/x",
        "https://clienti.example/x?next=1",
    ],
)
def test_a_link_elsewhere_than_below_an_allowed_origin_is_refused(bridge: Bridge, link_url: str) -> None:
    answer = bridge.portal.start(link_url=link_url)
    assert (answer.status, answer.json()["code"]) == (422, "invalid_request")


def test_an_approved_registration_yields_a_proof_that_the_published_keys_verify(bridge: Bridge) -> None:
    verification, code = bridge.started("portal", channel="email", to="anna.rossi@example.com")
    proof = bridge.portal.check(verification, code=code).json()["proof"]
    keys = bridge.keycloak.request("GET", "/v1/proof-keys").json()
    claims = verify(proof, keys)
    jti = claims.pop("jti")
    now_s = bridge.clock.ms // 1000
    assert len(jti) >= 16
    assert claims == {
        "iss": "sms-gateway-bridge",
        "aud": "keycloak",
        "brand": "generali",
        "purpose": "registration",
        "customer_code": "GEN0001",
        "channel": "email",
        "contact": "anna.rossi@example.com",
        "iat": now_s,
        "exp": now_s + 600,
    }
    assert all("d" not in key for key in keys["keys"])


def test_no_proof_without_an_approval_and_none_for_signed_in_codes(bridge: Bridge) -> None:
    verification, code = bridge.started("portal")
    assert "proof" not in bridge.portal.check(verification, code=wrong(code)).json()
    access, access_code = bridge.started()
    assert "proof" not in bridge.keycloak.check(access, code=access_code).json()


@pytest.mark.parametrize("state", ["consumed", "superseded", "expired", "exhausted"])
def test_only_who_holds_the_link_is_told_how_it_stands(bridge: Bridge, state: str) -> None:
    verification, code = bridge.started("portal", channel="email", to="a@example.com", link_url=LINK, flow_id="f")
    token = token_of(bridge)
    if state == "consumed":
        bridge.portal.check(verification, link_token=token)
    elif state == "superseded":
        bridge.clock.advance(31)
        bridge.started("portal", channel="email", to="a@example.com", link_url=LINK, flow_id="f")
    elif state == "expired":
        bridge.clock.advance(48 * 3600 + 1)
    else:
        for _ in range(3):
            bridge.portal.check(verification, code=wrong(code))
    assert bridge.portal.check(verification, link_token="x" * 32).json()["status"] == "wrong"
    assert bridge.portal.check(verification, link_token=token).json()["status"] == state
