"""The contact of a registration, however typed; what cannot be used is refused beside its field, with the reason."""

from __future__ import annotations

import re

import pytest

from tests.unit.portal.conftest import Browser, Stage

START = "/generali/registrazione"
PREFIX = "Questo prefisso estero non si può usare"
LANDLINE = "numero fisso"


def to_contact_page(browser: Browser, brand: str = "generali") -> str:
    start = f"/{brand}/registrazione"
    browser.post(start, {"kind": "person" if brand == "generali" else "private"})
    browser.post(f"{start}/nome", {"first_name": "Anna", "last_name": "Verdi"})
    return f"{start}/contatto"


@pytest.mark.parametrize(
    "typed",
    [
        {"channel": "email", "email": "  ANNA.Verdi@EXAMPLE.it "},
        {"channel": "mobile", "prefix": "+39", "number": "333 123.45-01"},
        {"channel": "mobile", "prefix": "0039", "number": "3331234501"},
        {"channel": "mobile", "prefix": "39", "number": "(333) 1234501"},
        {"channel": "mobile", "prefix": "", "number": "3331234501"},
        {"channel": "mobile", "prefix": "+39", "number": "+39 333 1234501"},
        {"channel": "mobile", "prefix": "+44", "number": "0039 333 1234501"},
    ],
    ids=lambda typed: " ".join(typed.values()),
)
def test_a_contact_on_file_is_recognised_however_it_is_typed(
    stage: Stage, browser: Browser, typed: dict[str, str]
) -> None:
    answer = browser.post(to_contact_page(browser), {**typed, "privacy": "1"})
    assert answer.headers["Location"] == f"{START}/codice"
    assert stage.bridge.last.request["customer_code"] == "G0000001"


@pytest.mark.parametrize("brand", ["generali", "alleanza"])
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"prefix": "+44", "number": "7400 123456"}, PREFIX),
        ({"prefix": "+39", "number": "0044 7400 123456"}, PREFIX),
        ({"prefix": "+39", "number": "+41 78 123 45 67"}, PREFIX),
        ({"prefix": "+39", "number": "02 1234567"}, LANDLINE),
        ({"prefix": "+39", "number": "333"}, "non sembra completo"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_a_number_that_cannot_be_used_is_refused_at_once_with_the_reason(
    stage: Stage, browser: Browser, brand: str, typed: dict[str, str], reason: str
) -> None:
    answer = browser.post(to_contact_page(browser, brand), {"channel": "mobile", **typed, "privacy": "1"})
    assert answer.status_code == 422
    beside = re.search(r'id="number-error">([^<]+)<', answer.text)
    assert beside
    assert reason in beside.group(1)
    assert stage.bridge.sent == []


def test_of_two_fields_only_the_chosen_one_counts(stage: Stage, browser: Browser) -> None:
    start = "/alleanza/registrazione"
    browser.post(start, {"kind": "private"})
    browser.post(f"{start}/nome", {"first_name": "Carla", "last_name": "Gialli"})
    typed = {"channel": "email", "email": "carla.gialli@example.it", "prefix": "+39", "number": "02", "privacy": "1"}
    assert browser.post(f"{start}/contatto", typed).headers["Location"] == f"{start}/codice"
    assert stage.bridge.last.request["channel"] == "email"


def test_an_international_domain_is_one_contact_in_both_spellings(stage: Stage, browser: Browser) -> None:
    for email in ("anna@CAFFÈ.example", "anna@xn--caff-8oa.example"):
        answer = browser.post(to_contact_page(browser), {"channel": "email", "email": email, "privacy": "1"})
        assert answer.status_code == 303, "read as a contact, though on file for nobody"
    assert stage.bridge.sent == []


def test_the_privacy_notice_has_to_be_read(stage: Stage, browser: Browser) -> None:
    typed = {"channel": "email", "email": "anna.verdi@example.it"}
    assert browser.post(to_contact_page(browser), typed).status_code == 422
    assert stage.bridge.sent == []
