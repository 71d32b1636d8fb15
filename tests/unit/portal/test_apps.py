"""A registration that begins in another app of the brand leads back there, and nowhere else."""

from __future__ import annotations

import pytest

from tests.unit.portal.conftest import HOST, Browser, Stage

APP = "immagina-casa"
BACK = 'href="it.generali.immaginacasa:/accedi"'


def done(browser: Browser, purpose: str = "registrazione") -> str:
    return browser.get(f"/generali/{purpose}/fatto").text


def test_registering_from_an_app_leads_back_to_it(stage: Stage, browser: Browser) -> None:
    browser.get(f"/generali/registrazione?app={APP}")
    browser.to_code_page()
    browser.post("/generali/registrazione/codice", {"code": stage.bridge.last.code})
    page = done(browser)
    assert BACK in page
    assert "Torna a Immagina Casa" in page


def test_the_link_of_the_message_leads_back_to_it_from_any_browser(stage: Stage, browser: Browser) -> None:
    browser.get(f"/generali/registrazione?app={APP}")
    browser.to_code_page("info@alfa.example.it", kind="company")
    sent, other = stage.bridge.last, stage.browser()
    other.post(f"/generali/registrazione/link/{sent.id}/{sent.token}")
    assert BACK in done(other)


def test_recovering_from_an_app_leads_back_to_it(stage: Stage, browser: Browser) -> None:
    email = "anna.verdi@example.it"
    stage.keycloak.register("G0000001", email, access_mobile="", on_file=(email,))
    browser.get(f"/generali/recupero?app={APP}")
    browser.post("/generali/recupero", {"username": email})
    browser.post("/generali/recupero/codice", {"code": stage.bridge.last.code})
    assert BACK in done(browser, "recupero")


@pytest.mark.parametrize("named", ["", "https://evil.example", "portal", "immagina-altro", APP + "x"])
def test_an_app_the_brand_does_not_know_is_no_way_back(stage: Stage, browser: Browser, named: str) -> None:
    browser.get("/generali/registrazione", query_string={"app": named})
    browser.to_code_page()
    browser.post("/generali/registrazione/codice", {"code": stage.bridge.last.code})
    page = done(browser)
    assert "Torna a" not in page
    assert "evil" not in page


def test_another_brands_app_is_no_way_back(stage: Stage, browser: Browser) -> None:
    browser.get(f"/alleanza/registrazione?app={APP}")
    with browser.client.session_transaction(base_url=f"https://{HOST}") as session:
        assert "app" not in session


def test_whoever_leaves_for_the_first_page_registers_for_the_portal(stage: Stage, browser: Browser) -> None:
    browser.get(f"/generali/registrazione?app={APP}")
    browser.get("/generali/")
    browser.to_code_page()
    browser.post("/generali/registrazione/codice", {"code": stage.bridge.last.code})
    assert "Torna a" not in done(browser)
