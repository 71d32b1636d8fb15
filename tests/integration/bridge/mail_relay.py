"""A real SMTP relay in this process, with certificates of its own, that refuses or breaks off as it is told."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "relay-user", "p@ss/w:rd %41"


@dataclass
class Relay:
    """What the relay took over, and how it answers: the `at_*` are replies, empty for acceptance."""

    port: int = 0
    at_recipient: str = ""
    at_data: str = ""
    breaks_after_data: bool = False
    offered: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.offered += 1
        if self.at_data:
            return self.at_data
        self.raw.append(envelope.content)
        self.mails.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=default)))
        self.recipients += envelope.rcpt_tos
        self.signed_in.append(bool(session.authenticated))
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        if self.breaks_after_data:
            server.transport.abort()
        return "250 OK"


class _OnFreePort(Controller):
    """Binds to whatever port is free, which only the bound socket knows."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    fits = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=fits, handled=False)


@contextmanager
def running_relay(kind: str, certificate: Path | None = None, **behaviour: Any) -> Iterator[Relay]:
    """A relay of kind `plain`, `starttls` or `smtps` on a free port of 127.0.0.1, for as long as the block lasts."""
    relay = Relay(**behaviour)
    options: dict[str, Any] = {"authenticator": authenticate, "auth_require_tls": kind == "starttls"}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        starttls = {"tls_context": context, "require_starttls": True}
        options |= starttls if kind == "starttls" else {"ssl_context": context}
    controller = _OnFreePort(relay, hostname="127.0.0.1", port=relay.port, **options)
    controller.start()
    relay.port = controller.port
    try:
        yield relay
    finally:
        controller.stop()


def self_signed(folder: Path, name: str = "relay") -> Path:
    """A PEM file with a key and a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
