"""Keycloak's own emails, really sent to a relay: in the brand's words and look, Italian and English, text and HTML."""

from __future__ import annotations

import hmac
import html
import json
import re
import secrets
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urljoin

import pytest

from domain.mail_look import mail_look
from tests.integration.bridge.mail_relay import Relay, running_relay
from tests.support.brands import EVERY_BRAND
from tests.support.keycloak_pages import KeycloakPages, Page
from tests.support.stack import Stack
from tests.unit.themes.theme_files import messages, tokens

pytestmark = [pytest.mark.keycloak, pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)]

FIRST_NAME = "Niccolò <b>D'Angelo</b>"
PASSWORD, NEW_PASSWORD = "Orizzonte7chiaro", "Mattino8sereno"


@pytest.fixture
def relay(stack: Stack, brand: str) -> Iterator[Relay]:
    """A relay the realm sends to, and a realm that mails its users about events, for as long as the test lasts."""
    admin = stack.admin(brand)
    before = {name: admin.get_realm(brand).get(name) for name in ("smtpServer", "eventsListeners")}
    with running_relay("plain") as running:
        server = {
            "host": "127.0.0.1",
            "port": str(running.port),
            "from": "noreply@mail.example",
            "fromDisplayName": EVERY_BRAND[brand].display_name,
        }
        listeners = [*before["eventsListeners"], "email"]
        admin.update_realm(brand, {"smtpServer": server, "eventsListeners": listeners})
        try:
            yield running
        finally:
            admin.update_realm(brand, before)


@dataclass
class Reader:
    """A user with an address, and the mailbox behind it."""

    stack: Stack
    brand: str
    language: str
    relay: Relay
    id: str
    username: str

    def mail(self, subject_key: str, limit_s: float = 20) -> EmailMessage:
        """The mail with that subject, once it is there."""
        subject = messages("area-clienti", "email", self.language)[subject_key]
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for mail in list(self.relay.mails):
                if mail["Subject"] == subject and mail["To"] == f"{self.username}@example.com":
                    return mail
            time.sleep(0.05)
        raise AssertionError(f"no mail {subject!r}, only {[mail['Subject'] for mail in self.relay.mails]}")

    def ask(self, path: str, body: object) -> None:
        """Make Keycloak send a mail through its Admin API."""
        answer = self.stack.admin(self.brand).connection.raw_put(
            f"/admin/realms/{self.brand}/users/{self.id}/{path}", data=json.dumps(body)
        )
        assert answer.status_code == 204, answer.text

    def credentials(self) -> list[dict[str, object]]:
        return list(self.stack.admin(self.brand).get_credentials(self.id))

    def door(self) -> tuple[KeycloakPages, Page]:
        """A browser at the staff door, where any user may try."""
        pages = KeycloakPages(self.stack)
        address = (
            f"{self.stack.keycloak}/realms/{self.brand}/protocol/openid-connect/auth?client_id=security-admin-console"
            f"&response_type=code&scope=openid&redirect_uri={self.stack.keycloak}/admin/{self.brand}/console/"
            f"&code_challenge={'x' * 43}&code_challenge_method=S256"
        )
        return pages, pages.open(address)


@pytest.fixture
def reader(stack: Stack, brand: str, relay: Relay, language: str) -> Iterator[Reader]:
    admin, username = stack.admin(brand), f"posta-{secrets.token_hex(4)}"
    user_id = admin.create_user(
        {
            "username": username,
            "email": f"{username}@example.com",
            "emailVerified": True,
            "enabled": True,
            "firstName": FIRST_NAME,
            "attributes": {"locale": [language]},
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }
    )
    yield Reader(stack, brand, language, relay, user_id, username)
    admin.delete_user(user_id)


def parts(mail: EmailMessage) -> tuple[str, str]:
    assert mail.get_content_type() == "multipart/alternative"
    plain, page = (part.get_content() for part in mail.iter_parts())
    return plain, page


def check(mail: EmailMessage, reader: Reader) -> str:
    """What holds for every mail; returns its text."""
    brand = EVERY_BRAND[reader.brand]
    plain, page = parts(mail)
    assert mail["From"] == f"{brand.display_name} <noreply@mail.example>"
    assert f'<html lang="{reader.language}"' in page
    look = mail_look({name.removeprefix("--ac-"): value for name, value in tokens(reader.brand).items()})
    assert f'bgcolor="{look.band}"' in page
    body = re.sub(r'<div style="display:none.*?</div>', "", page.partition("<body")[2].partition(">")[2], flags=re.S)
    shown = " ".join(html.unescape(re.sub(r"<!--.*?-->|<[^>]+>", " ", body)).split())
    for fact in (brand.display_name, brand.legal_line, brand.whom_to_turn_to.default.in_language(reader.language)):
        assert fact in plain
        assert fact in shown
    assert f"{FIRST_NAME}," in plain
    assert f"{FIRST_NAME}," in shown
    assert "<b>" not in page
    assert set(re.findall(r"\w+", plain)) <= set(re.findall(r"\w+", shown)), "the HTML leaves nothing out"
    for text in (plain, page):
        assert not re.search(r"\{\d|\$\{|[Kk]eycloak(?!/)", re.sub(r"https?://\S+", "", text))
        assert "administrator" not in text
    assert not re.search(r"<script|<img|<link|url\(", page)
    return plain


def link_in(plain: str) -> str:
    (link,) = re.findall(r"^https?://\S+(?=\r?$)", plain, flags=re.MULTILINE)
    return str(link)


def totp(secret: str) -> str:
    """RFC 6238, SHA-1, six digits, thirty seconds."""
    digest = hmac.digest(secret.encode(), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.mark.parametrize("language", ["it", "en"])
def test_an_administrators_request_arrives_and_its_link_acts_only_on_a_press(reader: Reader) -> None:
    reader.ask("execute-actions-email?lifespan=600", ["UPDATE_PASSWORD", "CONFIGURE_TOTP"])
    mail = reader.mail("executeActionsSubject")
    plain = check(mail, reader)
    words = messages("area-clienti", "email", reader.language)
    assert f"{words['requiredAction.UPDATE_PASSWORD']}, {words['requiredAction.CONFIGURE_TOTP']}" in plain
    assert ("10 minuti" if reader.language == "it" else "10 minutes") in plain
    assert f'<a href="{html.escape(link_in(plain))}"' in parts(mail)[1].replace("&#61;", "=")

    before = reader.credentials()
    for _ in range(3):  # as mail programs and virus scanners do
        KeycloakPages(reader.stack).open(link_in(plain))
    assert reader.credentials() == before
    pages = KeycloakPages(reader.stack)
    page = pages.open(link_in(plain))
    onward = re.search(r'<a class="btn btn-primary" href="([^"]+)"', page.html)
    assert onward, page.text
    page = pages.open(urljoin(page.url, html.unescape(onward.group(1))))
    for _ in range(2):
        if page.shows("totp"):
            form = page.form("totp")
            page = pages.submit(form, totp=totp(form.fields["totpSecret"]), userLabel="app")
        else:
            page = pages.submit(page.form("password-new"), **{"password-new": NEW_PASSWORD, "password-confirm": NEW_PASSWORD})
    assert {one["type"] for one in reader.credentials()} >= {"password", "otp"}
    check(reader.mail("eventUpdatePasswordSubject"), reader)
    check(reader.mail("eventUpdateTotpSubject"), reader)
    changed = check(reader.mail("eventUpdateCredentialSubject"), reader)
    assert any(words[f"mailCredential.{kind}"] in changed for kind in ("password", "otp"))
    assert re.search(r"\d{1,2} \w+ 20\d\d, \d\d:\d\d", changed), "a date as people write it"


@pytest.mark.parametrize("language", ["it", "en"])
def test_an_address_is_confirmed_by_a_link_in_the_brands_words(reader: Reader) -> None:
    reader.ask("send-verify-email", None)
    plain = check(reader.mail("emailVerificationSubject"), reader)
    assert link_in(plain).startswith(reader.stack.keycloak)


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_failed_sign_in_is_told(reader: Reader) -> None:
    pages, page = reader.door()
    pages.submit(page.form("password"), username=reader.username, password="sbagliata")
    check(reader.mail("eventLoginErrorSubject"), reader)


@pytest.mark.parametrize("language", ["it"])
def test_a_realm_without_a_relay_works_and_sends_nothing(reader: Reader) -> None:
    admin = reader.stack.admin(reader.brand)
    admin.update_realm(reader.brand, {"smtpServer": {"host": "", "from": "noreply@mail.example"}})
    pages, page = reader.door()
    page = pages.submit(page.form("password"), username=reader.username, password="sbagliata")
    assert page.status == 200
    assert page.shows("password")
    assert reader.relay.offered == 0
