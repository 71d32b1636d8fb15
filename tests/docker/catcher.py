"""What stands where the providers would: a text message gateway and an email relay that keep what they are given.

It runs in a container beside the stack, which is configured for it as for any provider, in production mode: a gateway
over https with a token (the one of docs/sms-gateways/example.toml), a relay over TLS with a password, and one without
TLS on the network of the containers for Keycloak's own emails. ``GET /outbox.json?to=`` answers in the shape of the
bridge's outbox, which exists in development only; purposes, codes and links are read from the messages' words.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections import deque
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.docker.recognising import code_in, link_in, purpose_of

HTTPS_PORT, SMTPS_PORT, SMTP_PORT = 8443, 8465, 8025
GATEWAY_PATH = "/api/v1/messages"
_CERTIFICATE, _KEY = "/certificates/certificate.pem", "/certificates/key.pem"
_TOKEN, _USER, _PASSWORD = (os.environ.get(f"CATCHER_{name}", "") for name in ("TOKEN", "USER", "PASSWORD"))
_caught: deque[dict[str, Any]] = deque(maxlen=5000)
_lock = threading.Lock()


def keep(message_id: str, to: str, text: str, *, subject: str | None = None, html: str | None = None) -> None:
    """Keep one message, newest first; an email has a subject."""
    channel = "mobile" if subject is None else "email"
    message = {
        "id": message_id,
        "channel": channel,
        "to": to,
        "purpose": purpose_of(channel, text if subject is None else subject),
        "subject": subject,
        "text": text,
        "html": html,
        "code": code_in(channel, text),
        "link": link_in(text),
        "sent_at": datetime.now(UTC).isoformat(),
    }
    with _lock:
        _caught.appendleft(message)


class Gateway(BaseHTTPRequestHandler):
    """The text message gateway, and the page for the tests."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != f"Bearer {_TOKEN}" or self.path != GATEWAY_PATH:
            self._answer(401, {"error": {"code": "who_are_you"}})
            return
        body = json.loads(sent)
        keep(body["client_reference"], body["to"], body["text"])
        self._answer(202, {"message": {"id": f"caught-{body['client_reference']}"}})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != "/outbox.json":
            self._answer(404, {})
            return
        to = parse_qs(address.query).get("to", [""])[0].replace(" ", "+")
        with _lock:
            self._answer(200, {"messages": [message for message in _caught if to in ("", message["to"])]})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked for holds telephone numbers."""


class Relay:
    """The email relay."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = cast(EmailMessage, message_from_bytes(envelope.content, policy=default))
        plain, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
        text = str(plain.get_content()).replace("\r\n", "\n") if plain else ""
        html = str(page.get_content()) if page else None
        for recipient in envelope.rcpt_tos:
            keep(str(mail["Message-ID"]), recipient, text, subject=str(mail["Subject"]), html=html)
        return "250 OK"


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Whether user and password are those the stack was told."""
    fits = isinstance(data, LoginPassword) and (data.login, data.password) == (_USER.encode(), _PASSWORD.encode())
    return AuthResult(success=fits, handled=False)


def main() -> None:
    """Serve until the end."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(_CERTIFICATE, _KEY)
    signing_in: dict[str, Any] = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    for port, options in ((SMTPS_PORT, {"ssl_context": tls}), (SMTP_PORT, {})):
        Controller(Relay(), hostname="0.0.0.0", port=port, **options, **signing_in).start()  # noqa: S104
    gateway = ThreadingHTTPServer(("0.0.0.0", HTTPS_PORT), Gateway)  # noqa: S104
    # A handshake that is never begun must not hold up the others: it is done by the thread of the connection.
    gateway.socket = tls.wrap_socket(gateway.socket, server_side=True, do_handshake_on_connect=False)
    gateway.serve_forever()


if __name__ == "__main__":
    main()
