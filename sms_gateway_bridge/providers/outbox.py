"""Development provider: hands the message to the bridge process, which shows it on its outbox page.

The bridge keeps it in memory only, so that even in development no code is ever at rest.
"""

from __future__ import annotations

import json
import secrets
import time

import requests
from requests.adapters import HTTPAdapter

from domain.signatures import sign_request
from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission

PATH = "/v1/outbox/messages"
TIMEOUT_S = 5


class OutboxProvider(Provider):
    """Posts to the bridge with a request signed as the caller ``worker``."""

    name = "outbox"
    channels = frozenset({"mobile", "email"})

    def __init__(self, bridge_url: str, key: bytes, *, connections: int = 8) -> None:
        self._url = bridge_url + PATH
        self._key = key
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http", HTTPAdapter(pool_connections=1, pool_maxsize=connections))

    def _submit(self, message: Outgoing) -> Submission:
        fields = ("id", "brand", "channel", "to", "purpose", "locale", "subject", "text", "html", "code", "link")
        body = json.dumps({name: getattr(message, name) for name in fields}).encode()
        request_id = secrets.token_hex(16)
        timestamp = int(time.time())
        signature = sign_request(
            [self._key], message_id=request_id, timestamp=timestamp, method="POST", path=PATH, body=body
        )
        headers = {
            "content-type": "application/json",
            "x-caller": "worker",
            "webhook-id": request_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }
        try:
            answer = self._session.post(self._url, data=body, headers=headers, timeout=TIMEOUT_S)
        except requests.ConnectionError:
            # The page is a screen, not a telephone: showing a message twice there harms nobody.
            return Submission("retry", reason="unreachable")
        if answer.status_code == requests.codes.created:
            return Submission("sent", reference=message.id)
        if answer.status_code >= requests.codes.internal_server_error:
            return Submission("retry", reason=f"http_{answer.status_code}")
        return Submission("failed", reason=f"http_{answer.status_code}")

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()
