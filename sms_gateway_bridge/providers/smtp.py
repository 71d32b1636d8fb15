"""Email by SMTP (RFC 5321), one connection a message; plain text with an HTML alternative (RFC 2046).

What is certain decides the outcome: until the relay has been given the text nothing was sent and it may be tried again;
once it has, only its answer says what became of it, and without an answer nobody can say.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission

TIMEOUT_S = 10
_ACCEPTED = range(200, 300)
_PERMANENT = 500
STARTTLS_OPTIONAL = "starttls=optional"


class SmtpProvider(Provider):
    """Submits to one relay: ``smtps://[user:password@]host[:port]`` speaks TLS from the start, ``smtp://`` by STARTTLS.

    STARTTLS is required, so that nobody on the way can strip it and read codes; only a relay on this machine, or one
    whose address ends in ``?starttls=optional``, may go without, and no password leaves this machine in clear.
    Certificates are verified against the system's authorities, or those in ``ca_file`` alone.
    """

    name = "smtp"
    channels = frozenset({"email"})

    def __init__(self, url: str, sender: str, *, ca_file: Path | None = None) -> None:
        self._url: SplitResult = urlsplit(url)
        self._host = self._url.hostname or "localhost"
        self._sender = parseaddr(sender)[1]
        self._tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)

    def _submit(self, message: Outgoing) -> Submission:
        try:
            content = self._compose(message).as_bytes()
        except (ValueError, MessageError) as error:
            return Submission("failed", reason=type(error).__name__)
        try:
            relay = self._connect()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # Nothing was handed over yet, so it may be tried again: a wrong password is mended, a relay comes back.
            return Submission("retry", reason=type(error).__name__)
        try:
            return self._deliver(relay, message.to, content) or Submission("sent", reference=self._message_id(message))
        finally:
            # Whatever happens to the farewell, the outcome above stands.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                relay.quit()
            relay.close()

    def _message_id(self, message: Outgoing) -> str:
        # Ours, and the same at every try: a relay that took one it did not acknowledge can tell.
        return f"<{message.id}@{self._sender.rpartition('@')[2]}>"

    def _compose(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(message.brand_name, addr_spec=self._sender)
        if message.reply_to:
            mail["Reply-To"] = Address(message.brand_name, addr_spec=message.reply_to)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = " ".join((message.subject or message.brand_name).split())
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = self._message_id(message)
        mail["Auto-Submitted"] = "auto-generated"
        # Seven-bit whatever the text holds: not every relay takes more (RFC 6152).
        mail.set_content(message.text, cte="quoted-printable")
        if message.html:
            mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        mail["Content-Language"] = message.locale  # last: setting a content clears what describes it
        return mail

    def _connect(self) -> smtplib.SMTP:
        relay: smtplib.SMTP
        if self._url.scheme == "smtps":
            relay = smtplib.SMTP_SSL(self._host, self._url.port or 465, timeout=TIMEOUT_S, context=self._tls)
        else:
            relay = smtplib.SMTP(self._host, self._url.port or 25, timeout=TIMEOUT_S)
        try:
            relay.ehlo()
            self._sign_in(relay, secured=self._url.scheme == "smtps" or self._start_tls(relay))
        except BaseException:
            relay.close()
            raise
        return relay

    def _sign_in(self, relay: smtplib.SMTP, *, secured: bool) -> None:
        if not self._url.username:
            return
        if not secured and not _on_this_machine(self._host):
            raise smtplib.SMTPNotSupportedError("no password without TLS")
        relay.login(unquote(self._url.username), unquote(self._url.password or ""))

    def _start_tls(self, relay: smtplib.SMTP) -> bool:
        if relay.has_extn("starttls"):
            relay.starttls(context=self._tls)
            relay.ehlo()
            return True
        if not _on_this_machine(self._host) and self._url.query != STARTTLS_OPTIONAL:
            raise smtplib.SMTPNotSupportedError("the relay offers no STARTTLS")
        return False

    def _deliver(self, relay: smtplib.SMTP, to: str, content: bytes) -> Submission | None:
        """None once the relay has taken the message over."""
        try:
            for command, address in ((relay.mail, self._sender), (relay.rcpt, to)):
                code, _ = command(address)
                if code not in _ACCEPTED:
                    return _refused(code)
        except (smtplib.SMTPException, OSError) as error:
            return Submission("retry", reason=type(error).__name__)
        try:
            code, _ = relay.data(content)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code)
        except (smtplib.SMTPException, OSError) as error:
            # The relay may have taken it before the line broke.
            return Submission("unknown", reason=type(error).__name__)
        return None if code in _ACCEPTED else _refused(code)


def _refused(code: int) -> Submission:
    return Submission("failed" if code >= _PERMANENT else "retry", reason=f"smtp_{code}")


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
