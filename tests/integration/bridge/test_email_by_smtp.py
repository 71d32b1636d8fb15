"""Email through a real SMTP relay: what arrives, over which line, and what becomes of it when the relay will not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from sms_gateway_bridge import logs
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.messages.queue import settle_overdue
from sms_gateway_bridge.providers.base import Outgoing
from sms_gateway_bridge.providers.smtp import SmtpProvider
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.mail_relay import PASSWORD, USER, Relay, running_relay, self_signed
from tests.support.databases import Databases
from tests.unit.bridge.conftest import Bridge, build

TO = "anna.rossi@example.com"
SENDER = "Area Clienti <noreply@mail.example>"
CREDENTIALS = f"{USER}:{quote(PASSWORD, safe='')}@"

MakeBridge = Callable[[str], Bridge]


@pytest.fixture
def bridge_to(databases: Databases) -> Iterator[MakeBridge]:
    """A bridge whose worker sends email to the relay at a URL, and SMS to a recording provider."""
    made: list[Bridge] = []

    def make(url: str, ca_file: Path | None = None) -> Bridge:
        bridge = build(databases(upgrade))
        smtp = SmtpProvider(url, SENDER, ca_file=ca_file)
        bridge.worker = Worker(bridge.context, {"mobile": bridge.provider, "email": smtp}, bridge.worker._settings)
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        bridge.worker.close()
        bridge.app.state.services.context.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


def url_of(relay: Relay, scheme: str = "smtp", credentials: str = "") -> str:
    return f"{scheme}://{credentials}127.0.0.1:{relay.port}"


def states(bridge: Bridge) -> list[str]:
    return [row["state"] for row in bridge.query("SELECT state FROM messages ORDER BY created_ms")]


def outgoing(**changes: str | None) -> Outgoing:
    fields = {"to": TO, "subject": "Perché così: la tua richiesta è pronta", "text": "Ciao,\nè pronta.\n", "html": None}
    return Outgoing(
        id="msg_1", brand="generali", brand_name="Generali", sms_sender="Generali", channel="email", purpose="contact",
        locale="it", validity_s=60, trace_id="t", code=None, link=None, **(fields | changes),  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_registration_mail_arrives_whole_with_its_headers_and_its_code_works(bridge_to: MakeBridge) -> None:
    with running_relay("plain") as relay:
        bridge = bridge_to(url_of(relay))
        verification = bridge.portal.start(channel="email", to=TO, greeting_name="Niccolò").json()["id"]
        bridge.deliver()
        (mail,) = relay.mails
        assert mail["From"] == "Generali <noreply@mail.example>"
        assert (mail["To"], relay.recipients) == (TO, [TO])
        assert mail["Subject"] == "Conferma la tua registrazione all'Area Clienti Generali"
        assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
        assert mail["Message-ID"].startswith("<msg_")
        assert mail["Message-ID"].endswith("@mail.example>")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Content-Language"] == "it"
        assert mail.get_content_type() == "multipart/alternative"
        plain, page = (part.get_content() for part in mail.iter_parts())
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert "Ciao Niccolò," in plain
        assert "Ciao Niccolò," in page
        assert "perché" in plain
        code = next(line for line in plain.splitlines() if line.startswith("Il tuo codice")).rsplit(" ", 1)[1]
        assert code in page
        assert bridge.portal.check(verification, code=code).json()["status"] == "approved"
    assert states(bridge) == ["sent"]


def test_the_brand_is_the_senders_name(bridge_to: MakeBridge) -> None:
    with running_relay("plain") as relay:
        bridge = bridge_to(url_of(relay))
        bridge.portal.start(channel="email", to=TO, brand="alleanza")
        bridge.deliver()
        assert relay.mails[0]["From"] == "Alleanza Assicurazioni <noreply@mail.example>"


def test_accents_of_a_subject_arrive_and_every_byte_on_the_line_is_ascii() -> None:
    with running_relay("plain") as relay:
        assert SmtpProvider(url_of(relay), SENDER).submit(outgoing(html="<p>è pronta</p>")).outcome == "sent"
        assert relay.mails[0]["Subject"] == "Perché così: la tua richiesta è pronta"
        assert relay.raw[0].isascii()


def test_a_line_that_is_a_full_stop_does_not_end_the_mail() -> None:
    with running_relay("plain") as relay:
        assert SmtpProvider(url_of(relay), SENDER).submit(outgoing(text="uno\n.\n..due\n")).outcome == "sent"
        assert relay.mails[0].get_content().splitlines() == ["uno", ".", "..due"]


@pytest.mark.parametrize(("kind", "scheme"), [("plain", "smtp"), ("starttls", "smtp"), ("smtps", "smtps")])
def test_the_urls_user_signs_in_and_tls_is_used_where_there_is_any(kind: str, scheme: str, certificate: Path) -> None:
    with running_relay(kind, None if kind == "plain" else certificate) as relay:
        provider = SmtpProvider(url_of(relay, scheme, CREDENTIALS), SENDER, ca_file=certificate)
        assert provider.submit(outgoing()).outcome == "sent"
        assert relay.signed_in == [True]
        assert relay.encrypted == [kind != "plain"]


def test_a_wrong_password_sends_nothing_and_is_tried_again(certificate: Path) -> None:
    with running_relay("starttls", certificate) as relay:
        provider = SmtpProvider(url_of(relay, "smtp", f"{USER}:wrong@"), SENDER, ca_file=certificate)
        submission = provider.submit(outgoing())
        assert (submission.outcome, submission.reason) == ("retry", "SMTPAuthenticationError")
        assert relay.offered == 0


@pytest.mark.parametrize(("kind", "scheme"), [("starttls", "smtp"), ("smtps", "smtps")])
def test_a_certificate_nobody_vouches_for_is_refused(kind: str, scheme: str, certificate: Path, tmp_path: Path) -> None:
    with running_relay(kind, certificate) as relay:
        for ca_file in (None, self_signed(tmp_path, "another")):
            submission = SmtpProvider(url_of(relay, scheme, CREDENTIALS), SENDER, ca_file=ca_file).submit(outgoing())
            assert (submission.outcome, submission.reason) == ("retry", "SSLCertVerificationError")
        assert relay.offered == 0


def test_a_relay_elsewhere_without_starttls_gets_neither_mail_nor_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smtp._on_this_machine", lambda _: False)
    with running_relay("plain") as relay:
        assert SmtpProvider(url_of(relay), SENDER).submit(outgoing()).reason == "SMTPNotSupportedError"
        optional = url_of(relay) + "?starttls=optional"
        with_password = url_of(relay, credentials=CREDENTIALS) + "?starttls=optional"
        assert SmtpProvider(with_password, SENDER).submit(outgoing()).reason == "SMTPNotSupportedError"
        assert relay.offered == 0
        assert SmtpProvider(optional, SENDER).submit(outgoing()).outcome == "sent"


@pytest.mark.parametrize("behaviour", [{"at_recipient": "550 no such user"}, {"at_data": "554 not wanted"}])
def test_a_permanent_refusal_fails_and_is_not_repeated(bridge_to: MakeBridge, behaviour: dict[str, str]) -> None:
    with running_relay("plain", **behaviour) as relay:
        bridge = bridge_to(url_of(relay))
        bridge.portal.start(channel="email", to=TO)
        bridge.deliver()
        assert states(bridge) == ["failed"]
        relay.at_recipient = relay.at_data = ""
        bridge.clock.advance(120)
        bridge.deliver()
        assert relay.mails == []


@pytest.mark.parametrize("behaviour", [{"at_recipient": "451 later"}, {"at_data": "451 later"}])
def test_a_temporary_refusal_is_tried_again_and_the_code_that_arrives_works(
    bridge_to: MakeBridge, behaviour: dict[str, str]
) -> None:
    with running_relay("plain", **behaviour) as relay:
        bridge = bridge_to(url_of(relay))
        verification = bridge.portal.start(channel="email", to=TO, purpose="recovery").json()["id"]
        for _ in range(3):
            bridge.deliver()
            bridge.clock.advance(40)
        assert states(bridge) == ["sending"]
        relay.at_recipient = relay.at_data = ""
        bridge.deliver()
        bridge.clock.advance(120)
        bridge.deliver()
        assert states(bridge) == ["sent"]
        (mail,) = relay.mails
        plain = next(mail.iter_parts()).get_content()
        code = next(line for line in plain.splitlines() if line.startswith("Il tuo codice")).rsplit(" ", 1)[1]
        assert bridge.portal.check(verification, code=code).json()["status"] == "approved"


def test_a_relay_that_is_down_until_the_validity_ends_means_expired_and_nothing_sent_later(
    bridge_to: MakeBridge,
) -> None:
    with running_relay("plain") as gone:
        port = gone.port
    bridge = bridge_to(f"smtp://127.0.0.1:{port}")
    bridge.portal.start(channel="email", to=TO, purpose="recovery")
    for _ in range(31):
        bridge.deliver()
        bridge.clock.advance(30)
    assert bridge.query("SELECT submissions FROM messages")[0]["submissions"] > 10
    with running_relay("plain", port=port) as relay:
        bridge.deliver()
        settle_overdue(bridge.context.database)
        bridge.deliver()
        assert (states(bridge), relay.offered) == (["expired"], 0)


def test_a_line_lost_after_the_text_leaves_a_code_unknown_and_never_sends_it_again(bridge_to: MakeBridge) -> None:
    with running_relay("plain", breaks_after_data=True) as relay:
        bridge = bridge_to(url_of(relay))
        bridge.portal.start(channel="email", to=TO)
        for _ in range(5):
            bridge.deliver()
            bridge.clock.advance(60)
        assert (states(bridge), relay.offered) == (["unknown"], 1)


@pytest.mark.parametrize("name", ["Anna\r\nBcc: evil@evil.example", "Anna\nSubject: altro", "Anna\u2028Bcc: x"])
def test_a_name_with_a_line_break_is_refused_before_there_is_a_mail(bridge_to: MakeBridge, name: str) -> None:
    with running_relay("plain") as relay:
        bridge = bridge_to(url_of(relay))
        assert bridge.portal.start(channel="email", to=TO, greeting_name=name).status == 422
        bridge.deliver()
        assert relay.offered == 0


@pytest.mark.parametrize("part", ["subject", "brand_name", "to", "text", "html", "locale"])
def test_no_part_of_a_message_can_add_a_header_or_a_recipient(part: str) -> None:
    message = outgoing(html="<p>x</p>")
    object.__setattr__(message, part, f"{getattr(message, part)}\r\nBcc: evil@evil.example\r\n\r\nmore")
    with running_relay("plain") as relay:
        submission = SmtpProvider(url_of(relay), SENDER).submit(message)
        assert submission.outcome in ("sent", "failed")
        assert set(relay.recipients) <= {TO}
        for mail in relay.mails:
            assert "Bcc" not in mail
            assert mail.is_multipart()


def test_logs_tell_what_happened_without_address_code_password_or_the_relays_words(
    bridge_to: MakeBridge, capsys: pytest.CaptureFixture[str]
) -> None:
    handlers = logging.getLogger().handlers[:]
    logs.configure("test")
    try:
        with running_relay("plain") as relay:
            bridge = bridge_to(url_of(relay, credentials=CREDENTIALS))
            for answer in ("", f"550 no such user {TO}", f"451 later {TO}"):
                relay.at_recipient = answer
                bridge.portal.start(channel="email", to=TO)
                bridge.deliver()
                bridge.clock.advance(31)
            plain = next(relay.mails[0].iter_parts()).get_content()
    finally:
        logging.getLogger().handlers[:] = handlers
        structlog.reset_defaults()
    code = next(line for line in plain.splitlines() if line.startswith("Il tuo codice")).rsplit(" ", 1)[1]
    output = capsys.readouterr().out
    assert '"reason": "smtp_550"' in output
    assert '"reason": "smtp_451"' in output
    for secret in (TO, "anna.rossi", f'"{code}"', f" {code}", PASSWORD, quote(PASSWORD, safe=""), "no such user"):
        assert secret not in output
