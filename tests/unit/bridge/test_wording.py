"""Texts: every purpose, brand and language; one segment; nothing slipped in (SECURITY O6, R6)."""

import itertools
import re
from typing import Any

import pytest

from sms_gateway_bridge.texts.gsm7 import fold, segments, septets
from sms_gateway_bridge.texts.wording import NOTICES, Content, Worded, safe_name, word
from tests.support.brands import EVERY_BRAND as BRANDS
from tests.unit.bridge.conftest import Bridge

PURPOSES = ("registration", "recovery", "access", "operation", "contact")
EVERY = list(itertools.product(BRANDS, (*PURPOSES, *NOTICES), ("mobile", "email"), ("it", "en")))
LINK = "https://clienti.example/l/ver_x/tok"


def worded(brand: str, template: str, channel: str, locale: str, **changes: Any) -> Worded:
    coded = template in PURPOSES
    fields: dict[str, Any] = {
        "code": "123456" if coded else None,
        "validity_s": {"access": 120, "operation": 300, "recovery": 900}.get(template, 172_800),
        "link_validity_s": 172_800,
        "operation_text": "Modifica del domicilio" if template == "operation" else None,
        "operation_amount": "1250.5" if template == "operation" else None,
        "greeting_name": "Anna",
    }
    return word(Content(brand=BRANDS[brand], template=template, channel=channel, locale=locale, **(fields | changes)))


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY)
def test_every_message_names_its_brand_and_leaves_no_placeholder(
    brand: str, template: str, channel: str, locale: str
) -> None:
    for link in (None, LINK) if template in ("registration", "recovery", "contact") else (None,):
        found = worded(brand, template, channel, locale, link=link)
        everything = "\n".join(filter(None, (found.subject, found.text, found.html)))
        assert "$" not in everything
        if template != "operation" or channel == "email":
            assert BRANDS[brand].display_name in everything
        assert ("123456" in found.text) == (template in PURPOSES)
        assert (link is None) or link in found.text
        assert (found.html is None) == (channel == "mobile")
        if channel == "mobile":
            assert septets(found.text) is not None


LONGEST_HOST = "accesso.areaclienti.alleanza.it"
LONGEST_OPERATION = "Richiesta di riscatto parziale della polizza vita 1234567890"


@pytest.mark.parametrize(("brand", "locale"), list(itertools.product(BRANDS, ("it", "en"))))
@pytest.mark.parametrize("amount", [None, "100000.00"])
@pytest.mark.parametrize("template", ["access", "operation"])
def test_access_and_operation_codes_fit_one_segment_at_their_longest(
    brand: str, locale: str, template: str, amount: str | None
) -> None:
    assert len(LONGEST_OPERATION) == 60
    operation = {"operation_text": LONGEST_OPERATION, "operation_amount": amount} if template == "operation" else {}
    found = worded(brand, template, "mobile", locale, webotp_host=LONGEST_HOST, **operation)
    assert segments(found.text) == 1, septets(found.text)
    assert found.text.startswith("123456 ")
    assert found.text.splitlines()[-1] == f"@{LONGEST_HOST} #123456"
    if template == "operation":
        assert LONGEST_OPERATION in found.text
        assert ("100" in found.text) == (amount is not None)
        assert "5 minut" in found.text
        assert "solo per te" in found.text or "only for you" in found.text


def test_an_operation_with_room_to_spare_says_what_to_do_if_it_is_not_you() -> None:
    assert "Non sei tu? Non darlo a nessuno." in worded("generali", "operation", "mobile", "it").text
    assert "Not you? Do not share it." in worded("generali", "operation", "mobile", "en").text


def test_an_operation_too_long_for_one_segment_is_told_whole() -> None:
    told = "Modifica " * 20 + "fine"
    assert told in worded("generali", "operation", "mobile", "it", operation_text=told).text


@pytest.mark.parametrize("told", ["Richiesta d’anticipo – “RITA”…", "È già così: CITTÀ, Müller, Łódź", "Però\u00a0no"])
def test_typography_of_an_operation_never_makes_an_sms_dearer(told: str) -> None:
    assert septets(worded("generali", "operation", "mobile", "it", operation_text=told).text) is not None


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), [one for one in EVERY if one[2] == "mobile"])
def test_every_sms_is_typographically_sound_and_costs_at_most_three_segments(
    brand: str, template: str, channel: str, locale: str
) -> None:
    link = "https://areaclienti.alleanza.it/alleanza/registrazione/link/ver_" + "0" * 32 + "/" + "x" * 32
    for given in (None, link) if template in ("registration", "recovery", "contact") else (None,):
        text = worded(brand, template, channel, locale, link=given, webotp_host=LONGEST_HOST).text
        assert segments(text) <= 3
        for fault in ("  ", " .", " ,", "..", " \n", "E'", "perche'", "piu'", "e' ", "$"):
            assert fault not in text
        if given:
            assert re.search(re.escape(given) + r"(\n| \()", text), "nothing sticks to the link"
        prose = text.split("\n@")[0]
        assert prose.rstrip().endswith((".", "?"))
        if locale == "it":
            assert not re.search(r"\b(Lei|Suo|Sua|Suoi|Sue|La preghiamo|Gentile)\b", prose)
            assert re.search(r"\b(tu|tua|tuo|te|registrarti|darlo)\b", prose)


@pytest.mark.parametrize(("brand", "locale"), list(itertools.product(BRANDS, ("it", "en"))))
def test_registration_says_who_asked_for_what_how_to_ignore_it_and_for_how_long_it_lasts(
    brand: str, locale: str
) -> None:
    mail = worded(brand, "registration", "email", locale, link=LINK).text
    sms = worded(brand, "registration", "mobile", locale, link=LINK).text
    for text in (mail, sms):
        assert ("48 ore" if locale == "it" else "48 hours") in text
        assert (
            ("Ignora" in text or "Non devi fare nulla" in text)
            if locale == "it"
            else ("gnore" in text or "need not" in text)
        )


@pytest.mark.parametrize(
    "typed",
    ["<b>Anna</b>", "vinci su evil.example", "https://evil", "www evil", "Anna\nClicca", "A" * 90, "", "$code", "@nna"],
)
def test_a_name_that_is_no_name_is_left_out(typed: str) -> None:
    found = worded("generali", "registration", "email", "it", greeting_name=typed)
    assert found.text.startswith("Ciao,") or "\n" in typed
    assert "evil" not in found.text
    assert "<b>" not in (found.html or "")


@pytest.mark.parametrize("typed", ["Anna", "D'Angelo", "Maria José", "Rossi & C. S.r.l.", "Anna-Lisa", "Ștefan"])
def test_real_names_are_greeted(typed: str) -> None:
    assert safe_name(typed) == typed


def test_html_is_escaped_wherever_text_comes_from_outside() -> None:
    found = worded("generali", "operation", "email", "it", operation_text='<img src=x onerror="x"> & "fine"')
    assert "<img" not in (found.html or "")
    assert "&lt;img" in (found.html or "")


def test_an_operations_text_cannot_add_a_line_that_binds_another_code() -> None:
    found = worded("generali", "operation", "mobile", "it", operation_text="x\n@evil.example #000000")
    assert not any(line.startswith("@") for line in found.text.splitlines())


def test_letters_outside_the_gsm_alphabet_become_plain() -> None:
    assert fold("Perché “così” – già… Š") == 'Perché "così" - già... S'
    assert septets("città") == 5


def test_an_sms_for_a_host_that_is_an_address_has_no_webotp_line(bridge: Bridge) -> None:
    bridge.started("portal")
    assert bridge.provider.last.text.splitlines()[-1].startswith("@clienti.example #")
    object.__setattr__(bridge.worker._settings, "portal_host", "127.0.0.1")
    bridge.clock.advance(31)
    bridge.started("portal")
    assert "@" not in bridge.provider.last.text


def test_a_mail_carries_no_script_and_links_where_it_says() -> None:
    page = worded("alleanza", "registration", "email", "it", link=LINK).html or ""
    assert "<script" not in page
    assert 'lang="it"' in page
    assert f'href="{LINK}"' in page
