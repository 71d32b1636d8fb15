"""Email by SMTP (RFC 5321), one connection a message; plain text with an HTML alternative (RFC 2046)."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission

TIMEOUT_S = 10
_PERMANENT = 500


class SmtpProvider(Provider):
    """Submits to one relay, ``smtp://[user:password@]host[:port]`` or ``smtps://``; STARTTLS is used when offered."""

    name = "smtp"
    channels = frozenset({"email"})

    def __init__(self, url: str, sender: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._sender = parseaddr(sender)[1]
        self._tls = ssl.create_default_context()

    def _submit(self, message: Outgoing) -> Submission:
        mail = self._compose(message)
        try:
            relay = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            # Nothing was handed over yet, so it may be tried again: a wrong password is mended, a relay comes back.
            return Submission("retry", reason=type(error).__name__)
        try:
            return _deliver(relay, mail)
        finally:
            # Whatever happens to the farewell, the outcome above stands.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                relay.quit()
            relay.close()

    def _compose(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(message.brand_name, addr_spec=self._sender)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = message.subject or message.brand_name
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = f"<{message.id}@{self._sender.rpartition('@')[2]}>"
        mail["Content-Language"] = message.locale
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        if message.html:
            mail.add_alternative(message.html, subtype="html")
        return mail

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or "localhost"
        relay: smtplib.SMTP
        if self._url.scheme == "smtps":
            relay = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT_S, context=self._tls)
        else:
            relay = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT_S)
            relay.ehlo()
            if relay.has_extn("starttls"):
                relay.starttls(context=self._tls)
                relay.ehlo()
        if self._url.username:
            relay.login(unquote(self._url.username), unquote(self._url.password or ""))
        return relay


def _deliver(relay: smtplib.SMTP, mail: EmailMessage) -> Submission:
    try:
        relay.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        return Submission("failed" if code >= _PERMANENT else "retry", reason=f"smtp_{code}")
    except smtplib.SMTPResponseException as error:
        return Submission("failed" if error.smtp_code >= _PERMANENT else "retry", reason=f"smtp_{error.smtp_code}")
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        # The relay may have taken it before the line broke.
        return Submission("unknown", reason=type(error).__name__)
    return Submission("sent", reference=mail["Message-ID"])
