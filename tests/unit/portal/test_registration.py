"""Registration: recognising, proving, handing over; codes and links that cannot be used twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.flask_portal.services.pace import Pace
from tests.unit.portal.conftest import HOST, Browser, Stage

START = "/generali/registrazione"


def _link_path(stage: Stage) -> str:
    sent = stage.bridge.last
    url = f"{sent.request['link_url']}/{sent.id}/{sent.token}"
    assert url.startswith(f"https://{HOST}{START}/link/")
    return url.removeprefix(f"https://{HOST}")


def test_a_recognised_customer_is_sent_to_choose_a_password_with_the_bridges_proof(
    stage: Stage, browser: Browser
) -> None:
    assert browser.to_code_page().headers["Location"] == f"{START}/codice"
    sent = stage.bridge.last
    assert sent.request["to"] == "anna.verdi@example.it"
    assert sent.request["customer_code"] == "G0000001"
    assert "link_url" not in sent.request
    page = browser.get(f"{START}/codice")
    assert "ann*****@ex***.it" in page.text
    assert "anna.verdi" not in page.text
    answer = browser.post(f"{START}/codice", {"code": f"{sent.code[:3]} {sent.code[3:]}"})
    assert answer.headers["Location"] == f"{stage.keycloak.public_url}/imposta/1"
    setup = stage.keycloak.setups[0]
    assert setup["proof"] == sent.proofs[0]
    assert setup["redirect_uri"] == f"https://{HOST}{START}/fatto"
    assert setup["path"].endswith("/customers/G0000001/credential-setup")


def test_no_page_of_the_portal_asks_for_a_password(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    for path in ("", "/nome", "/contatto", "/codice", "/fatto"):
        assert 'type="password"' not in browser.get(START + path).text


def test_unknown_data_in_use_contacts_and_registered_customers_get_the_same_answer(stage: Stage) -> None:
    answers = []
    for email, accounts in (
        ("nobody@example.it", []),
        ("anna.verdi@example.it", [{"customer_code": "G9", "registered": True, "is_username": True}]),
        ("anna.verdi@example.it", [{"customer_code": "G0000001", "registered": True, "is_username": False}]),
    ):
        stage.keycloak.customers[email] = [{"account_state": "registered", **one} for one in accounts]
        browser = stage.browser()
        first, second = browser.to_code_page(email), browser.to_code_page(email)
        answers.append((first.status_code, first.headers["Location"], second.headers["Location"]))
    assert set(answers) == {(303, f"{START}/esito/check-data", f"{START}/codice-fiscale")}
    assert stage.bridge.sent == []


def test_what_was_typed_is_kept_when_it_is_not_recognised(browser: Browser) -> None:
    browser.to_code_page("wrong@example.it")
    assert 'value="Anna"' in browser.get(f"{START}/nome").text
    assert 'value="wrong@example.it"' in browser.get(f"{START}/contatto").text


def test_the_third_wrong_code_asks_for_a_new_one_and_the_right_one_no_longer_works(
    stage: Stage, browser: Browser
) -> None:
    browser.to_code_page()
    code = stage.bridge.last.code
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert "Ti restano 2 tentativi" in browser.post(f"{START}/codice", {"code": wrong}).text
    assert "Ti resta un tentativo" in browser.post(f"{START}/codice", {"code": wrong}).text
    assert browser.post(f"{START}/codice", {"code": wrong}).status_code == 303
    assert "Troppi tentativi" in browser.get(f"{START}/codice").text
    assert browser.post(f"{START}/codice", {"code": code}).headers["Location"] == f"{START}/codice"
    assert stage.keycloak.setups == []


def test_a_new_code_can_be_asked_for_after_the_pause_only(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    early = browser.post(f"{START}/nuovo-codice", page=f"{START}/codice")
    assert early.status_code == 429
    assert early.headers["Retry-After"]
    stage.clock.advance(31)
    assert browser.post(f"{START}/nuovo-codice", page=f"{START}/codice").status_code == 303
    done = browser.post(f"{START}/codice", {"code": stage.bridge.last.code})
    assert done.headers["Location"].endswith("/imposta/1")


def test_back_and_reload_after_the_hand_over_lead_to_the_same_link_in_this_browser_alone(
    stage: Stage, browser: Browser
) -> None:
    browser.to_code_page()
    browser.post(f"{START}/codice", {"code": stage.bridge.last.code})
    assert "Scegli la password" in browser.get(f"{START}/codice").text
    again = browser.post(f"{START}/continua", page=f"{START}/codice")
    assert again.headers["Location"] == f"{stage.keycloak.public_url}/imposta/1"
    assert len(stage.keycloak.setups) == 1
    stage.clock.advance(601)
    assert "Scegli la password" not in browser.get(f"{START}/codice").text


def test_getting_a_link_ten_times_consumes_nothing_and_works_in_another_browser(stage: Stage, browser: Browser) -> None:
    browser.to_code_page("info@alfa.example.it", kind="company")
    path, other = _link_path(stage), stage.browser()
    calls = len(stage.bridge.calls)
    for _ in range(10):
        page = other.get(path)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert other.client.head(path, base_url=f"https://{HOST}").status_code == 200
    assert len(stage.bridge.calls) == calls
    assert other.post(path).headers["Location"].endswith("/imposta/1")
    spent = browser.post(path)
    assert spent.status_code == 409
    assert len(stage.keycloak.setups) == 1


def test_of_twenty_posts_of_a_link_at_once_one_wins(stage: Stage, browser: Browser) -> None:
    browser.to_code_page("info@alfa.example.it", kind="company")
    path = _link_path(stage)
    browsers = [stage.browser() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: one.post(path), browsers))
    won = [one for one in answers if one.status_code == 303]
    assert len(won) == 1
    assert len(stage.keycloak.setups) == 1


def test_an_expired_code_leads_where_the_brand_says(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    stage.clock.advance(48 * 3600 + 1)
    stage.clock.advance(-30 * 3600)
    _keep_alive(stage, browser, 30 * 3600)
    page = browser.get(f"{START}/codice").text
    assert "Il codice è scaduto" in page
    assert "Richiedi nuovo codice" in page


def _keep_alive(stage: Stage, browser: Browser, seconds: int) -> None:
    """Sessions end after twelve hours; an expired link finds its flow again in a new one."""
    stage.clock.advance(seconds)
    flow_id = stage.bridge.last.request["flow_id"]
    browser.get("/generali/registrazione?lingua=it")
    browser.post(START, {"kind": "person"})
    with browser.client.session_transaction(base_url=f"https://{HOST}") as session:
        session["flow_registration"] = flow_id


def test_a_proof_that_keycloak_refuses_ends_in_a_page_with_a_way_on(stage: Stage, browser: Browser) -> None:
    stage.keycloak.setup_problem = (409, "username_taken")
    browser.to_code_page()
    browser.post(f"{START}/codice", {"code": stage.bridge.last.code})
    assert "Registrati nuovamente" in browser.get(f"{START}/codice").text


@pytest.mark.parametrize("broken", ["down", "unsigned"])
def test_a_bridge_that_is_down_or_not_the_bridge_is_never_an_approval(
    stage: Stage, browser: Browser, broken: str
) -> None:
    browser.to_code_page()
    stage.bridge.down, stage.bridge.signs = broken == "down", broken != "unsigned"
    answer = browser.post(f"{START}/codice", {"code": stage.bridge.last.code})
    assert answer.status_code == 503
    assert stage.keycloak.setups == []


def test_keycloak_down_after_the_proof_loses_nothing(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    stage.keycloak.down = True
    assert browser.post(f"{START}/codice", {"code": stage.bridge.last.code}).status_code == 503
    stage.keycloak.down = False
    assert browser.post(f"{START}/continua", page=f"{START}/codice").headers["Location"].endswith("/imposta/1")


def test_recognised_or_not_the_answer_takes_whole_steps_of_time(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, waits = [0.0], []
    pace = Pace(0.5, lambda: now[0], waits.append)
    monkeypatch.setattr(stage.app.extensions["portal"].registration, "_pace", pace)
    for email in ("anna.verdi@example.it", "nobody@example.it"):
        browser.to_code_page(email)
    assert waits == [0.5, 0.5]
    assert len(stage.bridge.sent) == 1


def test_a_wrong_contact_is_kept_as_typed_but_no_longer_than_its_field(browser: Browser) -> None:
    browser.to_code_page("anna.verdi@")
    assert 'value="anna.verdi@"' in browser.get(f"{START}/contatto").text
    typed = {"channel": "c" * 9000, "email": "e" * 9000, "prefix": "9" * 9000, "number": "3" * 9000, "privacy": "1"}
    assert browser.post(f"{START}/contatto", typed).status_code == 422
    with browser.client.session_transaction(base_url=f"https://{HOST}") as session:
        draft = session["registration"]
    assert {name: len(draft[name]) for name in ("email", "prefix", "number")} == {
        "email": 254,
        "prefix": 6,
        "number": 30,
    }
    assert draft["channel"] == "email"
    assert browser.get(f"{START}/contatto").status_code == 200
