"""The password is chosen in the browser that proved the contact, whoever else follows the same flow (R5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from domain.purposes import Purpose
from tests.unit.portal.conftest import HOST, Browser, Stage, csrf_token

ELSEWHERE = "Continua nell’altro browser"
ACCOUNT = {"customer_code": "G0000001", "account_state": "registered", "registered": True, "is_username": True}


@dataclass
class Followed:
    """A flow that one browser began and another, the customer's, is about to prove."""

    stage: Stage
    start: str
    purpose: Purpose
    stranger: Browser
    customer: Browser
    prove: Callable[[], TestResponse]

    def ask_as_a_stranger(self, token: str) -> TestResponse:
        return self.stranger.bare_post(f"{self.start}/continua", {"csrf_token": token})

    def stored(self) -> str:
        with self.stage.app.extensions["portal"].engine.connect() as connection:
            return str(connection.execute(text("SELECT * FROM registration_flows")).mappings().all())


@pytest.fixture(params=["registration-link", "registration-code", "recovery-link", "recovery-code"])
def followed(request: pytest.FixtureRequest, stage: Stage) -> Followed:
    purpose, way = request.param.split("-")
    stranger, customer = stage.browser(), stage.browser()
    if purpose == "registration":
        start = "/generali/registrazione"
        stranger.to_code_page("info@alfa.example.it", kind="company")
    else:
        start = "/generali/recupero"
        stage.keycloak.customers["anna.verdi@example.it"] = [ACCOUNT]
        stranger.post(start, {"username": "anna.verdi@example.it"})
    sent = stage.bridge.last
    if way == "link":
        path = f"{start}/link/{sent.id}/{sent.token}"
        return Followed(stage, start, Purpose(purpose), stranger, customer, lambda: customer.post(path))
    customer.get(start)
    with customer.client.session_transaction(base_url=f"https://{HOST}") as session:
        session[f"flow_{purpose}"] = sent.request["flow_id"]
    path = f"{start}/codice"
    return Followed(
        stage, start, Purpose(purpose), stranger, customer, lambda: customer.post(path, {"code": sent.code})
    )


@contextmanager
def _while_keycloak_stalls(followed: Followed) -> Iterator[Callable[[], TestResponse]]:
    """The customer has proved the contact, and Keycloak has not answered yet; what is given lets it and waits."""
    keycloak = followed.stage.keycloak
    keycloak.setup_goes_on.clear()
    with ThreadPoolExecutor(1) as pool:
        proving = pool.submit(followed.prove)
        try:
            assert keycloak.setup_asked.wait(4)

            def go_on() -> TestResponse:
                keycloak.setup_goes_on.set()
                return proving.result(timeout=5)

            yield go_on
        finally:
            keycloak.setup_goes_on.set()


def test_a_browser_that_follows_the_flow_gets_no_link_while_or_after_the_customer_does(followed: Followed) -> None:
    keycloak = followed.stage.keycloak
    token = csrf_token(followed.stranger.get(f"{followed.start}/codice"))
    with _while_keycloak_stalls(followed) as go_on:
        during = [followed.ask_as_a_stranger(token) for _ in range(5)]
        page = followed.stranger.get(f"{followed.start}/codice").text
        assert len(keycloak.setups) == 1
        customers = go_on()
    after = [followed.ask_as_a_stranger(token) for _ in range(2)]
    for answer in during + after:
        assert (answer.status_code, answer.headers.get("Location")) == (409, None)
        assert ELSEWHERE in answer.text
        assert "/imposta/" not in answer.text
    assert ELSEWHERE in page
    assert ELSEWHERE in followed.stranger.get(f"{followed.start}/codice").text
    assert customers.headers["Location"] == f"{keycloak.public_url}/imposta/1"
    assert len(keycloak.setups) == 1
    again = followed.customer.post(f"{followed.start}/continua", page=f"{followed.start}/codice")
    assert again.headers["Location"] == f"{keycloak.public_url}/imposta/1"


def test_after_an_outage_only_the_browser_that_proved_the_contact_can_ask_again(followed: Followed) -> None:
    keycloak = followed.stage.keycloak
    token = csrf_token(followed.stranger.get(f"{followed.start}/codice"))
    keycloak.down = True
    assert followed.prove().status_code == 503
    keycloak.down = False
    assert followed.ask_as_a_stranger(token).status_code == 409
    assert keycloak.setups == []
    again = followed.customer.post(f"{followed.start}/continua", page=f"{followed.start}/codice")
    assert again.headers["Location"].endswith("/imposta/1")


def test_the_proof_and_the_link_never_lie_in_clear_in_the_flow(followed: Followed) -> None:
    sent = followed.stage.bridge.last
    with _while_keycloak_stalls(followed) as go_on:
        stored = followed.stored()
        assert "'proved'" in stored
        assert sent.proofs[0] not in stored
        go_on()
    stored = followed.stored()
    assert "'handed_over'" in stored
    assert "/imposta/" not in stored
    assert sent.proofs[0] not in stored


def test_a_proved_flow_cannot_be_taken_back_by_a_browser_that_asks_for_a_new_code(followed: Followed) -> None:
    stage = followed.stage
    portal = stage.app.extensions["portal"]
    brand = portal.brands["generali"]
    stage.clock.advance(61)
    token = csrf_token(followed.stranger.get(f"{followed.start}/codice"))
    read_before = portal.proving.find(brand, followed.purpose, stage.bridge.last.request["flow_id"])
    with _while_keycloak_stalls(followed) as go_on:
        calls = len(stage.bridge.calls)
        followed.stranger.bare_post(f"{followed.start}/nuovo-codice", {"csrf_token": token})
        assert len(stage.bridge.calls) == calls
        assert portal.proving.resend(brand, read_before, None).status == "proved"
        assert go_on().headers["Location"].endswith("/imposta/1")
    assert portal.proving.resend(brand, read_before, None).status == "handed_over"
