"""SMS through a gateway spoken to over HTTP, declared in a file (`sms_gateway_bridge.providers.http_gateway`).

What is certain decides the outcome. Until the connection stands and its certificate is verified, nothing was sent and
it may be tried again. Once the request is on its way, only the gateway's answer says what became of it: a line that
breaks, an answer that is too late or that nobody understands leaves it `unknown`, and a code is then not sent again.
One connection a message: a kept one that the gateway closed cannot be told from one that broke over our request.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from sms_gateway_bridge.db.tables import LONGEST_REFERENCE
from sms_gateway_bridge.providers.base import Outcome, Outgoing, Provider, Submission
from sms_gateway_bridge.providers.http_gateway import HttpGateway, fill, find

LONGEST_ANSWER = 65_536
LONGEST_REASON = 40
# What a status says where the file does not: credentials can be mended and a pace slowed, other refusals are final;
# a gateway in trouble may have taken the message before it fell over.
_MENDABLE = {401, 403, 407, 429}
_UNSURE = {408}


class HttpSmsProvider(Provider):
    """Submits to one gateway. Follows no redirect, uses no proxy, and verifies certificates always."""

    channels = frozenset({"mobile"})

    def __init__(self, gateway: HttpGateway, secret: str | None = None) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self._url = urlsplit(gateway.url)
        self._tls = ssl.create_default_context(cafile=gateway.ca_file)
        self._headers = {"Accept": "application/json", "Connection": "close", **_credentials(gateway, secret or "")}

    def _submit(self, message: Outgoing) -> Submission:
        body, content_type = self._compose(message)
        headers = self._headers | {"Content-Type": content_type}
        connection = self._connection()
        try:
            try:
                connection.connect()
            except (OSError, http.client.HTTPException) as error:
                # Refused, not found, too slow, or a certificate nobody vouches for: nothing was handed over.
                return Submission("retry", reason=_reason("not_connected", error))
            return self._exchange(connection, body, headers)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, timeout = self._url.hostname or "", self._gateway.connect_timeout_s
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, self._url.port or 443, timeout=timeout, context=self._tls)
        return http.client.HTTPConnection(host, self._url.port or 80, timeout=timeout)

    def _compose(self, message: Outgoing) -> tuple[bytes, str]:
        validity_s = min(message.validity_s, self._gateway.longest_validity_s or message.validity_s)
        filled = fill(
            self._gateway.body.fields,
            {
                "id": message.id,
                "to": message.to,
                "to_digits": message.to.removeprefix("+"),
                "sender": message.sms_sender,
                "text": message.text,
                "validity_s": validity_s,
                # A gateway that counts minutes never delivers later than we allow.
                "validity_min": max(1, validity_s // 60),
            },
        )
        if self._gateway.body.format == "json":
            return json.dumps(filled).encode(), "application/json"
        assert isinstance(filled, dict)  # noqa: S101  (checked when the file was read)
        return urlencode(filled).encode(), "application/x-www-form-urlencoded"

    def _exchange(self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> Submission:
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            with _deadline(connection, self._gateway.answer_timeout_s) as passed:
                connection.request(self._gateway.method, path, body=body, headers=headers)
                answer = connection.getresponse()
                content = answer.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            return Submission("unknown", reason=_reason("no_answer", error))
        if passed.is_set():
            return Submission("unknown", reason="no_answer_in_time")
        return self._read(answer.status, content)

    def _read(self, status: int, content: bytes) -> Submission:
        """Translate an answer; its words go no further, for a gateway may repeat the number or the text."""
        answer = self._gateway.answer
        document = _json(content)
        code = find(document, answer.code) if answer.code else None
        if code is not None and code in answer.codes:
            return self._settled(answer.codes[code], f"code_{_plain(code)}", document)
        if status in answer.accepted:
            if code is not None:
                return Submission("unknown", reason="code_not_listed")
            return self._settled("sent", None, document)
        return Submission(answer.statuses.get(str(status)) or _by_status(status), reason=f"http_{status}")

    def _settled(self, outcome: Outcome, reason: str | None, document: object) -> Submission:
        if outcome != "sent" or self._gateway.answer.message_id is None:
            return Submission(outcome, reason=reason)
        reference = find(document, self._gateway.answer.message_id)
        if reference is None or len(reference) > LONGEST_REFERENCE:
            return Submission("unknown", reason="answer_not_understood")
        return Submission("sent", reference=reference)


@contextmanager
def _deadline(connection: http.client.HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Break the line when the time is up, and say so: a socket's timeout starts anew with every byte."""
    line = connection.sock
    line.settimeout(seconds)
    passed = threading.Event()

    def cut() -> None:
        passed.set()
        with contextlib.suppress(OSError):
            # The connection's own, not TLS's: that would wait for the other side.
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield passed
    finally:
        timer.cancel()


def _credentials(gateway: HttpGateway, secret: str) -> dict[str, str]:
    auth = gateway.auth
    if auth.kind == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if auth.kind == "basic":
        return {"Authorization": "Basic " + base64.b64encode(f"{auth.user}:{secret}".encode()).decode()}
    return {auth.header: secret} if auth.header else {}


def _by_status(status: int) -> Outcome:
    if status in _MENDABLE:
        return "retry"
    return "failed" if 300 <= status < 500 and status not in _UNSURE else "unknown"


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _plain(word: str) -> str:
    """A gateway's code as it may stand in a log."""
    return re.sub(r"[^A-Za-z0-9_-]", "", word)[:30]


def _reason(what: str, error: Exception) -> str:
    return f"{what}_{type(error).__name__}"[:LONGEST_REASON]
