"""Texts: every purpose, brand and language; one segment; nothing slipped in (SECURITY O6, R6)."""

import html
import itertools
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from domain.brands import Brand
from domain.mail_look import DEFAULT_THEMES_DIR, MailLookError, load_mail_look, mail_look
from sms_gateway_bridge.texts.gsm7 import fold, segments, septets
from sms_gateway_bridge.texts.wording import NOTICES, Content, Worded, safe_name, word
from tests.support.brands import EVERY_BRAND as BRANDS
from tests.unit.bridge.conftest import Bridge
from tests.unit.themes.theme_files import tokens

LOOKS = {
    brand: mail_look({name.removeprefix("--ac-"): value for name, value in tokens(brand).items()}) for brand in BRANDS
}
PURPOSES = ("registration", "recovery", "access", "operation", "contact", "cancellation")
EVERY = list(itertools.product(BRANDS, (*PURPOSES, *NOTICES), ("mobile", "email"), ("it", "en")))
LINK = "https://clienti.example/l/ver_x/tok"
LINKED = ("registration", "recovery", "contact")
VALIDITY = {
    "registration": {"it": "48 ore", "en": "48 hours"},
    "contact": {"it": "48 ore", "en": "48 hours"},
    "recovery": {"it": "15 minuti", "en": "15 minutes"},
    "cancellation": {"it": "15 minuti", "en": "15 minutes"},
    "access": {"it": "2 minuti", "en": "2 minutes"},
    "operation": {"it": "5 minuti", "en": "5 minutes"},
}


# The wordmark's second half, the button and what to do where it does not work.
ONLY_IN_HTML = (
    "Area Clienti Customer area Conferma la registrazione Continua il recupero Conferma il Continue "
    "Confirm the registration "
    "Se il pulsante non funziona copia questo indirizzo nel tuo browser "
    "If the button does not work copy this address into your browser"
)


def seen(page: str) -> str:
    """What a reader sees of a mail, without the line a mailbox shows beside the subject."""
    body = re.sub(r'<div style="display:none.*?</div>', "", page.partition("<body")[2].partition(">")[2])
    return " ".join(html.unescape(re.sub(r"<!--.*?-->|<[^>]+>", " ", body)).split())


def worded(brand: str, template: str, channel: str, locale: str, **changes: Any) -> Worded:
    coded = template in PURPOSES
    fields: dict[str, Any] = {
        "code": "123456" if coded else None,
        "validity_s": {"access": 120, "operation": 300, "recovery": 900, "cancellation": 900}.get(template, 172_800),
        "link_validity_s": 172_800,
        "operation_text": "Modifica del domicilio" if template == "operation" else None,
        "operation_amount": "1250.5" if template == "operation" else None,
        "greeting_name": "Anna",
        "reference": "A7KC-9XQR" if template == "assistance-received" else None,
        "days": 30,
        "mobile_ending": "19",
    }
    fields |= {"brand": BRANDS[brand], "look": LOOKS[brand]}
    return word(Content(template=template, channel=channel, locale=locale, **(fields | changes)))


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY)
def test_every_message_names_its_brand_and_leaves_no_placeholder(
    brand: str, template: str, channel: str, locale: str
) -> None:
    for link in (None, LINK) if template in LINKED else (None,):
        found = worded(brand, template, channel, locale, link=link)
        everything = "\n".join(filter(None, (found.subject, found.text, found.html)))
        assert "$" not in everything
        named = BRANDS[brand].display_name if channel == "email" else BRANDS[brand].sms_sender
        assert named in (found.subject or found.text)
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
    assert "Non sei tu? Ignora l'SMS." in worded("generali", "operation", "mobile", "it").text
    assert "Not you? Ignore this SMS." in worded("generali", "operation", "mobile", "en").text


def test_an_operation_too_long_for_one_segment_is_told_whole() -> None:
    told = "Modifica " * 20 + "fine"
    assert told in worded("generali", "operation", "mobile", "it", operation_text=told).text


@pytest.mark.parametrize("told", ["Richiesta d’anticipo – “RITA”…", "È già così: CITTÀ, Müller, Łódź", "Però\u00a0no"])
def test_typography_of_an_operation_never_makes_an_sms_dearer(told: str) -> None:
    assert septets(worded("generali", "operation", "mobile", "it", operation_text=told).text) is not None


# As the portal makes them: an identifier and a token of 128 bits each.
LONGEST_LINK = "https://areaclienti.alleanza.it/alleanza/registrazione/link/ver_" + "0" * 32 + "/" + "x" * 32
EVERY_SMS = [one for one in EVERY if one[2] == "mobile"]


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY_SMS)
def test_every_sms_is_one_segment_and_two_only_with_a_link(
    brand: str, template: str, channel: str, locale: str
) -> None:
    found = worded(brand, template, channel, locale, webotp_host=LONGEST_HOST, operation_text="Modifica del domicilio")
    assert segments(found.text) == 1, septets(found.text)
    if template in LINKED:
        with_link = worded(brand, template, channel, locale, link=LONGEST_LINK, webotp_host=LONGEST_HOST)
        assert segments(with_link.text) == 2, septets(with_link.text)


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY_SMS)
def test_every_sms_is_typographically_sound(brand: str, template: str, channel: str, locale: str) -> None:
    for given in (None, LONGEST_LINK) if template in LINKED else (None,):
        text = worded(brand, template, channel, locale, link=given, webotp_host=LONGEST_HOST).text
        for fault in ("  ", " .", " ,", "..", " \n", "E'", "perche'", "piu'", "e' ", "$"):
            assert fault not in text
        if given:
            assert f"{given}\n" in text, "nothing sticks to the link"
        prose = text.split("\n@")[0]
        assert prose.rstrip().endswith((".", "?"))
        if locale == "it":
            assert not re.search(r"\b(Lei|Suo|Sua|Suoi|Sue|La preghiamo|Gentile)\b", prose)


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY_SMS)
def test_every_sms_says_how_long_and_what_to_do_if_it_was_not_you(
    brand: str, template: str, channel: str, locale: str
) -> None:
    for given in (None, LONGEST_LINK) if template in LINKED else (None,):
        text = worded(brand, template, channel, locale, link=given).text
        if template in PURPOSES:
            assert VALIDITY[template][locale] in text
        asked = ("Non l'hai chiesto tu?", "Non sei tu?", "Non l'hai fatto tu?") if locale == "it" else ("Not you?",)
        if template == "inactivity-warning":
            # Nobody did anything: it says by when, and what keeps the access.
            assert ("30 giorni" if locale == "it" else "30 days") in text
            assert ("entrare una volta" if locale == "it" else "sign in once") in text
            continue
        answers = ("Ignora", "Cambia password", "Contatta") if locale == "it" else ("Ignore", "Change your", "Contact")
        assert any(words in text for words in asked)
        assert any(words in text for words in answers)


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), [one for one in EVERY if one[2] == "email"])
def test_plain_text_and_html_of_a_mail_hold_the_same_facts(
    brand: str, template: str, channel: str, locale: str
) -> None:
    for link in (None, LINK) if template in LINKED else (None,):
        found = worded(brand, template, channel, locale, link=link)
        data = BRANDS[brand]
        facts = [data.display_name, data.legal_line, data.whom_to_turn_to.default.in_language(locale), "Anna"]
        facts.append("né al telefono" if locale == "it" else "by phone")
        if template in PURPOSES:
            facts += ["123456", VALIDITY[template][locale], "Ignora" if locale == "it" else "gnore"][
                : 2 if template in ("access", "operation") else 3
            ]
        if template == "assistance-received":
            facts.append("A7KC-9XQR")
        if template == "operation":
            facts += ["Modifica del domicilio", "1.250,50 €" if locale == "it" else "€1,250.50"]
        facts += [link, VALIDITY["registration"][locale]] if link else []
        shown = seen(found.html or "")
        for fact in facts:
            assert fact in " ".join(found.text.split()), fact
            assert fact in shown, fact
        words, words_shown = (set(re.findall(r"[^\W_]+", text)) for text in (found.text, shown))
        assert words <= words_shown, "the HTML leaves nothing out"
        assert words_shown - words <= set(re.findall(r"[^\W_]+", ONLY_IN_HTML)) | set(data.display_name.split())


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), [one for one in EVERY if one[2] == "email"])
def test_the_html_of_a_mail_holds_in_common_mail_programs(brand: str, template: str, channel: str, locale: str) -> None:
    page = worded(brand, template, channel, locale, link=LINK if template in LINKED else None).html or ""
    assert len(page.encode()) < 100_000, "Gmail cuts longer ones"
    assert f'<html lang="{locale}"' in page
    assert "max-width:600px" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert page.count("<table ") == page.count('<table role="presentation"')
    for forbidden in ("<script", "<img", "url(", "<link", "@import", "position:", "display:flex", "rem;", "var("):
        assert forbidden not in page
    addresses = set(re.findall(r'https?://[^\s"<]+', page))
    assert addresses == ({LINK} if template in LINKED else set()), "nothing is fetched and nobody is followed"
    look = LOOKS[brand]
    allowed = {value for value in asdict(look).values() if value.startswith("#")}
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", page)) <= allowed, "every colour is a token of the brand"
    assert look.band in page


def test_a_brand_that_changes_its_tokens_changes_its_mails() -> None:
    changed = replace(LOOKS["generali"], brand="#123456", band="#654321")
    page = worded("generali", "registration", "email", "it", link=LINK, look=changed).html or ""
    assert 'bgcolor="#123456"' in page
    assert 'bgcolor="#654321"' in page


def test_a_token_that_could_end_its_attribute_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "area-clienti/login/resources/css/parts/tokens.css"
    shared.parent.mkdir(parents=True)
    shipped = DEFAULT_THEMES_DIR / "area-clienti/login/resources/css/parts/tokens.css"
    shared.write_text(shipped.read_text())
    own = tmp_path / "odd/login/resources/css/tokens.css"
    own.parent.mkdir(parents=True)
    own.write_text(":root { --ac-brand: <b>; }")
    with pytest.raises(MailLookError, match="--ac-brand"):
        load_mail_look(tmp_path, "odd")
    with pytest.raises(MailLookError, match="missing"):
        load_mail_look(tmp_path, "missing")


def test_a_brand_may_say_where_answers_go() -> None:
    assert BRANDS["generali"].reply_to is None
    answering: Brand = replace(BRANDS["generali"], reply_to="clienti@generali.example")
    assert answering.reply_to == "clienti@generali.example"
    with pytest.raises(ValueError, match="reply_to"):
        replace(BRANDS["generali"], reply_to="clienti@generali.example\nBcc: x@y.example")


@pytest.mark.parametrize(
    ("seconds", "italian", "english"),
    [
        (90, "90 secondi", "90 seconds"),
        (60, "1 minuto", "1 minute"),
        (120, "2 minuti", "2 minutes"),
        (900, "15 minuti", "15 minutes"),
        (3600, "1 ora", "1 hour"),
        (172_800, "48 ore", "48 hours"),
    ],
)
def test_validity_is_told_in_words_people_use(seconds: int, italian: str, english: str) -> None:
    for locale, words in (("it", italian), ("en", english)):
        assert f" {words}." in worded("generali", "contact", "email", locale, validity_s=seconds).text


@pytest.mark.parametrize(
    "typed",
    ["<b>Anna</b>", "vinci su evil.example", "https://evil", "www evil", "Anna\nClicca", "A" * 90, "", "$code", "@nna"],
)
def test_a_name_that_is_no_name_is_left_out(typed: str) -> None:
    found = worded("generali", "registration", "email", "it", greeting_name=typed)
    assert "\nCiao,\n" in found.text or "\n" in typed
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
