"""The language changes on the spot: same page, same query, and what was typed is still there."""

from __future__ import annotations

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from tests.unit.portal.conftest import Browser, csrf_token

NAME = "/generali/registrazione/nome"
CONTACT = "/generali/registrazione/contatto"


def switch(page: TestResponse) -> str:
    """Where the switch of a page without a form leads."""
    found = re.search(r'<a lang="(?:it|en)" hreflang="(?:it|en)" href="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found.group(1))


def send_switch(browser: Browser, page: TestResponse, **fields: str) -> TestResponse:
    """Press the switch of a page with a form, as a browser sends it."""
    found = re.search(r'formaction="([^"]+)"[^>]*name="lingua" value="(\w\w)"', page.text)
    assert found, page.text
    answer = browser.bare_post(
        unescape(found.group(1)), {**fields, "csrf_token": csrf_token(page), "lingua": found.group(2)}
    )
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"])


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/generali/",
        "/generali/privacy",
        "/generali/assistenza",
        "/generali/registrazione",
        "/generali/nulla",
        "/nulla/",
    ],
)
def test_every_page_offers_the_other_language_and_stays(browser: Browser, address: str) -> None:
    page = browser.get(f"{address}?prova=1%2B1&lingua=it")
    there = switch(page)
    assert there == f"{address}?prova=1%2B1&lingua=en"
    english = browser.get(there)
    assert 'lang="en"' in english.text
    assert english.status_code == page.status_code


def test_what_was_typed_stands_there_in_the_other_language(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    page = send_switch(browser, browser.get(NAME), first_name="Nicolò", last_name="D'Angelo")
    assert page.status_code == 200
    assert "First name" in page.text
    assert 'value="Nicolò"' in page.text
    assert "D&#39;Angelo" in page.text
    # Once: the next visitor of this page on this browser finds the draft, not this.
    assert "Nicolò" not in browser.get(NAME).text


def test_a_refused_form_keeps_what_was_typed_and_the_query(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    browser.post(NAME, {"first_name": "Anna", "last_name": "Verdi"})
    mobile = browser.get(f"{CONTACT}?canale=mobile")
    english = send_switch(browser, mobile, channel="mobile", prefix="+39", number="333 1", privacy="1")
    assert english.request.query_string == b"canale=mobile"
    assert 'value="333 1"' in english.text
    assert re.search(r'name="privacy" value="1" checked', english.text)
    refused = browser.post(CONTACT, {"channel": "email", "email": "anna"})
    assert refused.status_code == 422
    italian = send_switch(browser, refused, channel="email", email="anna@")
    assert 'value="anna@"' in italian.text
    assert "ac-error" not in italian.text


def test_the_answer_to_a_form_that_has_no_address_of_its_own_leads_to_its_page(browser: Browser) -> None:
    browser.to_code_page()
    answer = browser.post("/generali/registrazione/nuovo-codice", page="/generali/registrazione/codice")
    assert answer.status_code == 429
    assert switch(answer) == "/generali/registrazione/codice?lingua=en"


def test_a_long_text_is_kept_whole(browser: Browser) -> None:
    address = "/generali/assistenza/richiesta"
    # As a browser sends what fills the field: each end of a line as two signs.
    text = "\r\n".join(["è arrivato un codice a un numero che non ho più"] * 41)[:2040]
    typed = {"topic": "accesso", "name": "Anna " * 40, "email": "anna@example.it", "policy_number": "P-1"}
    english = send_switch(browser, browser.get(address), **typed, text=text)
    assert unescape(english.text).replace("\r\n", "\n").count(text.replace("\r\n", "\n")) == 1
    assert browser.post(address, {**typed, "text": text}).status_code == 303


def test_codes_and_proofs_are_not_kept(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    typed = {"code": "123456", "proof": "c29sdmVk", "first_name": "Anna", "csrf_token": csrf_token(browser.get(NAME))}
    browser.bare_post(f"/generali/lingua?poi={NAME}", {**typed, "lingua": "en"})
    # Before the page is opened again, which takes out of the session what was kept.
    with browser.client.session_transaction(base_url="https://area.example.it") as session:
        assert session["typed"] == {"path": NAME, "fields": {"first_name": "Anna"}}


def test_what_was_typed_on_one_page_stands_on_no_other(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    token = csrf_token(browser.get(NAME))
    browser.bare_post(
        f"/generali/lingua?poi={NAME}", {"username": "anna@example.it", "csrf_token": token, "lingua": "en"}
    )
    assert "anna@example.it" not in browser.get("/generali/recupero").text


def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    page = send_switch(browser, browser.get(NAME), first_name='"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_no_more_is_kept_than_a_form_of_ours_has(browser: Browser) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    token = csrf_token(browser.get(NAME))
    many = {f"field{number}": "x" * 1000 for number in range(50)}
    browser.bare_post(f"/generali/lingua?poi={NAME}", {**many, "y" * 5000: "", "csrf_token": token, "lingua": "en"})
    with browser.client.session_transaction(base_url="https://area.example.it") as session:
        assert len(str(session["typed"])) < 7_000


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com/x", "/alleanza/", "/generali/../x", "\\x"])
def test_the_switch_leads_nowhere_else(browser: Browser, target: str) -> None:
    browser.post("/generali/registrazione", {"kind": "person"})
    token = csrf_token(browser.get(NAME))
    answer = browser.client.post(
        "/generali/lingua",
        query_string={"poi": target},
        data={"csrf_token": token, "lingua": "en"},
        base_url="https://area.example.it",
    )
    assert answer.headers["Location"] == "/generali/polizze"


def test_only_known_languages_are_taken(browser: Browser) -> None:
    browser.get("/generali/?lingua=xx")
    assert 'lang="it"' in browser.get("/generali/").text
