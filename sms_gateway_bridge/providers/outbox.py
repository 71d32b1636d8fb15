"""Development provider: hands the message to the bridge process, which shows it on its outbox page.

The bridge keeps it in memory only, so that even in development no code is ever at rest.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Mapping

import requests
from requests.adapters import HTTPAdapter

from domain.signatures import sign_request
from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission
from sms_gateway_bridge.providers.receipts import outbox_receipt_keys

PATH = "/v1/outbox/messages"
RECEIPTS_PATH = "/v1/receipts/outbox"
TIMEOUT_S = 5


class OutboxProvider(Provider):
    """Posts to the bridge with a request signed as the caller ``worker``."""

    name = "outbox"
    channels = frozenset({"mobile", "email"})

    def __init__(self, bridge_url: str, key: bytes, *, connections: int = 8) -> None:
        self._url = bridge_url
        self._key = key
        self._receipt_key = outbox_receipt_keys([key])[0]
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http", HTTPAdapter(pool_connections=1, pool_maxsize=connections))

    def _submit(self, message: Outgoing) -> Submission:
        fields = ("id", "brand", "channel", "to", "purpose", "locale", "subject", "text", "html", "code", "link")
        shown = {name: getattr(message, name) for name in fields}
        try:
            answer = self._post(PATH, shown, self._key)
        except requests.ConnectionError:
            # The page is a screen, not a telephone: showing a message twice there harms nobody.
            return Submission("retry", reason="unreachable")
        if answer.status_code == requests.codes.created:
            self._report_delivery(message.id)
            return Submission("sent", reference=message.id)
        if answer.status_code >= requests.codes.internal_server_error:
            return Submission("retry", reason=f"http_{answer.status_code}")
        return Submission("failed", reason=f"http_{answer.status_code}")

    def _report_delivery(self, message_id: str) -> None:
        """Send the receipt a phone's network would send; one that is lost leaves the message ``sent``, as it would."""
        with contextlib.suppress(requests.RequestException):
            self._post(RECEIPTS_PATH, {"reference": message_id, "status": "delivered"}, self._receipt_key)

    def _post(self, path: str, payload: Mapping[str, object], key: bytes) -> requests.Response:
        body = json.dumps(payload).encode()
        request_id, timestamp = secrets.token_hex(16), int(time.time())
        headers = {
            "content-type": "application/json",
            "x-caller": "worker",
            "webhook-id": request_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign_request(
                [key], message_id=request_id, timestamp=timestamp, method="POST", path=path, body=body
            ),
        }
        return self._session.post(self._url + path, data=body, headers=headers, timeout=TIMEOUT_S)

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()
