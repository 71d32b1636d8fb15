"""A small typed client of the bridge: signs requests, verifies answers. It speaks through any ``Transport``."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from domain.signatures import parse_keys, sign_request, verify_answer


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Transport(Protocol):
    """Sends one request as it is."""

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


def over_http(base_url: str) -> Transport:
    """A transport over real HTTP."""
    session = requests.Session()
    session.trust_env = False

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        found = session.request(method, base_url + path, headers=dict(headers), data=body, timeout=20)
        lowered = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, lowered, found.content)

    return send


@dataclass
class BridgeClient:
    """One caller of the bridge. ``key`` is its ``whsec_`` key; ``now_s`` its clock."""

    transport: Transport
    caller: str
    key: str
    now_s: Callable[[], float] = field(default=time.time)

    def headers(self, method: str, path: str, body: bytes, **replaced: str) -> dict[str, str]:
        """The signed headers of a request; ``replaced`` (``_`` for ``-``) falsifies some afterwards."""
        request_id = secrets.token_hex(16)
        timestamp = int(self.now_s())
        signature = sign_request(
            parse_keys(self.key)[:1], message_id=request_id, timestamp=timestamp, method=method, path=path, body=body
        )
        headers = {
            "content-type": "application/json",
            "x-caller": self.caller,
            "webhook-id": request_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }
        return headers | {name.replace("_", "-"): value for name, value in replaced.items()}

    def request(self, method: str, path: str, payload: object = None, **extra: str) -> Answer:
        """Send a signed request and verify the signature of the answer, whatever its status."""
        body = b"" if payload is None else json.dumps(payload).encode()
        headers = self.headers(method, path, body) | {name.replace("_", "-"): value for name, value in extra.items()}
        answer = self.transport(method, path, headers, body)
        if "webhook-signature" in answer.headers or answer.status != 401:
            verify_answer(
                parse_keys(self.key),
                answer.headers.get("webhook-signature"),
                message_id=headers["webhook-id"],
                status=answer.status,
                body=answer.body,
            )
        return answer

    def start(self, **fields: object) -> Answer:
        """``POST /v1/verifications`` with believable fields, each replaceable; None leaves one out."""
        body: dict[str, object] = {
            "brand": "generali",
            "purpose": "registration" if self.caller == "portal" else "access",
            "channel": "mobile",
            "to": "+393201234567",
            "locale": "it",
            "customer_code": "GEN0001",
        }
        body |= fields
        return self.request("POST", "/v1/verifications", {k: v for k, v in body.items() if v is not None})

    def check(self, verification_id: str, customer_code: str = "GEN0001", **fields: object) -> Answer:
        """``POST /v1/verifications/{id}/check``."""
        path = f"/v1/verifications/{verification_id}/check"
        return self.request("POST", path, {"customer_code": customer_code, **fields})

    def resend(self, verification_id: str, customer_code: str = "GEN0001", **fields: object) -> Answer:
        """``POST /v1/verifications/{id}/resend``."""
        path = f"/v1/verifications/{verification_id}/resend"
        return self.request("POST", path, {"customer_code": customer_code, **fields})

    def show(self, verification_id: str) -> Answer:
        """``GET /v1/verifications/{id}``."""
        return self.request("GET", f"/v1/verifications/{verification_id}")

    def send_message(self, key: str, **fields: object) -> Answer:
        """``POST /v1/messages`` with believable fields, each replaceable."""
        body: dict[str, object] = {
            "brand": "generali",
            "channel": "email",
            "to": "anna.rossi@example.com",
            "locale": "it",
            "template": "recovery-completed",
            "parameters": {"greeting_name": "Anna"},
        }
        return self.request("POST", "/v1/messages", body | fields, idempotency_key=key)


def outbox(base_url: str, to: str | None = None) -> list[dict[str, Any]]:
    """The messages of the outbox, newest first."""
    session = requests.Session()
    session.trust_env = False
    found = session.get(f"{base_url}/outbox.json", params={"to": to} if to else {}, timeout=10)
    found.raise_for_status()
    return list(found.json()["messages"])


def await_message(
    base_url: str, to: str, *, accept: Callable[[dict[str, Any]], bool] = lambda _: True, timeout_s: float = 10
) -> dict[str, Any]:
    """The newest message to a contact that ``accept`` agrees to, awaited."""
    deadline = time.monotonic() + timeout_s
    while True:
        for message in outbox(base_url, to):
            if accept(message):
                return message
        if time.monotonic() > deadline:
            raise AssertionError("no such message reached the outbox in time")
        time.sleep(0.02)
