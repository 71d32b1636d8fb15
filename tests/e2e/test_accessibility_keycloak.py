"""Everybody can use Keycloak's pages: WCAG 2.1 AA, one pass per page in each of its states, and what axe cannot see."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.axe import problems
from tests.support.keycloak_tour import Tour
from tests.support.stack import Stack
from tests.unit.themes.theme_files import pages

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]

# What a password manager or a phone must be told of a field (1.3.5), and the keyboard a phone shows.
PURPOSES = {
    "password": ("current-password", ""),
    "password-new": ("new-password", ""),
    "password-confirm": ("new-password", ""),
    "code": ("one-time-code", "numeric"),
    "otp": ("one-time-code", "numeric"),
    "totp": ("one-time-code", "numeric"),
}
_FIELDS = """() => [...document.querySelectorAll("input:not([type=hidden])")].map((field) => ({
  id: field.id, invalid: field.getAttribute("aria-invalid") === "true", focused: field === document.activeElement,
  autocomplete: field.autocomplete, inputmode: field.inputMode,
  described: (field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)
    .map((id) => (document.getElementById(id) || {textContent: ""}).textContent.trim()),
}))"""
_FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {name: one.id || one.textContent.trim(), at: [...document.querySelectorAll("*")].indexOf(one),
    seen: style.outlineStyle !== "none" || style.boxShadow !== "none", inside: box.right > 0 && box.bottom > 0};
}"""


def field_problems(page: Page) -> list[str]:
    """Fields without a purpose, descriptions that say nothing, and errors that the focused field does not tell."""
    fields: list[dict[str, Any]] = page.evaluate(_FIELDS)
    found = []
    for field in fields:
        wanted = PURPOSES.get(field["id"])
        if wanted and (field["autocomplete"], field["inputmode"]) != wanted:
            found.append(f"{field['id']}: {field['autocomplete']}, {field['inputmode']}")
        if field["id"] == "username" and "username" not in field["autocomplete"]:
            found.append("username: not said to be one")
        if "" in field["described"]:
            found.append(f"{field['id']}: its description says nothing")
    wrong = [field for field in fields if field["invalid"]]
    if wrong and not any(field["focused"] and field["described"] for field in wrong):
        found.append(f"the focus is on no field that tells what is wrong with {[field['id'] for field in wrong]}")
    if page.locator(".ac-error").count() and not wrong:
        found.append("an error that belongs to no field")
    return found


@pytest.mark.parametrize(("brand", "language"), [("generali", "it"), ("alleanza", "en")])
def test_everybody_can_use_every_page_somebody_can_meet(
    stack: Stack, browser: Browser, brand: str, language: str
) -> None:
    visited, found = set(), {}
    for stop in Tour(stack, browser, brand, language).stops():
        visited.add(stop.template)
        sentences = [*problems(stop.page), *field_problems(stop.page)]
        if stop.page.locator("html").get_attribute("lang") != language:
            sentences.append("in the other language")
        if sentences:
            found[stop.state] = sentences
    assert found == {}
    # A page that somebody can meet and no pass looked at would be missing here.
    assert visited == pages("yes")


def test_the_keyboard_passes_every_control_in_the_order_of_the_page_and_always_shows_where_it_is(
    stack: Stack, browser: Browser
) -> None:
    tour = Tour(stack, browser, "generali")
    with tour.window() as page:
        tour.open_sign_in(page)
        # From the top of the page, not from the field that has the focus at first.
        page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
        seen: list[dict[str, Any]] = []
        for _ in range(30):
            page.keyboard.press("Tab")
            at = page.evaluate(_FOCUS)
            if seen and at["at"] <= seen[-1]["at"]:
                break
            seen.append(at)
        names = [each["name"] for each in seen]
        assert names[0] == "Vai al contenuto"
        ours = ["username", "password", "password-show-password", "rememberMe", "recover-credentials", "kc-login"]
        assert [name for name in names if name in ours] == ours
        assert [each["name"] for each in seen if not (each["seen"] and each["inside"])] == []


def test_the_skip_link_leads_to_the_content(stack: Stack, browser: Browser) -> None:
    tour = Tour(stack, browser, "alleanza")
    with tour.window() as page:
        page.goto(f"{stack.keycloak}/realms/alleanza/protocol/openid-connect/logout")
        page.keyboard.press("Tab")
        expect(page.locator(".ac-skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator("#kc-logout")).to_be_focused()


SIGN_IN = """
- link "Vai al contenuto"
- banner:
  - link "Generali"
  - navigation "Lingua":
    - text: Italiano
    - link "English"
- main:
  - region "Accedi":
    - heading "Accedi" [level=1]
    - paragraph
    - text: Indirizzo email, numero di cellulare o codice cliente
    - textbox "Indirizzo email, numero di cellulare o codice cliente"
    - text: Password
    - textbox "Password"
    - button "Mostra la password"
    - checkbox "Rimani collegato"
    - text: Rimani collegato
    - link "Recupera le tue credenziali"
    - button "Accedi"
    - text: Non sei ancora registrato?
    - link "Registrati"
- contentinfo:
  - text: Generali Italia S.p.A.
  - list:
    - listitem:
      - link "Assistenza"
    - listitem:
      - link "Privacy"
"""
CODE = """
- main:
  - region "Conferma che sei tu":
    - heading "Conferma che sei tu" [level=1]
    - paragraph
    - paragraph
    - text: Codice di verifica
    - textbox "Codice di verifica"
    - alert: /Il codice non è corretto. Tentativi rimasti. 2/
    - paragraph: /Il codice vale ancora/
    - button "Continua"
    - button /Richiedi nuovo codice/ [disabled]
    - group: Hai bisogno di aiuto?
    - group: Non riconosci il numero?
"""


def test_a_screen_reader_hears_sign_in_and_code_in_an_order_that_makes_sense(stack: Stack, browser: Browser) -> None:
    tour = Tour(stack, browser, "generali")
    customer = tour.registered()
    with tour.window() as page:
        tour.open_sign_in(page)
        expect(page.locator("body")).to_match_aria_snapshot(SIGN_IN)
        tour.type_password(page, customer.email)
        code = tour.code(customer)
        tour.type_code(page, f"{(int(code) + 1) % 1_000_000:06d}")
        expect(page.locator("#code")).to_be_focused()
        expect(page.locator("body")).to_match_aria_snapshot(CODE)
