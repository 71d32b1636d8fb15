"""The bridge of docs/contracts.md, with its state in memory and codes where a test can read them."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.clock import FixedClock
from domain.signatures import sign_answer, verify_request
from tests.support.fake_http import Asked, FakeServer, Told


@dataclass
class Sent:
    id: str
    request: dict[str, Any]
    code: str
    token: str
    expires_at: Any
    attempts_left: int = 3
    status: str = "pending"
    proofs: list[str] = field(default_factory=list)


class FakeBridge:
    def __init__(self, key: bytes, clock: FixedClock) -> None:
        self.key, self.clock = key, clock
        self.sent: list[Sent] = []
        self.decoys: list[Sent] = []
        self.notices: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.down = False
        self.used_up: set[str] = set()
        """Customers whose wrong codes of this hour are used up."""
        self.signs = True
        self._lock = threading.Lock()
        self._server = FakeServer(self._answer)
        self.url, self.close = self._server.url, self._server.close

    @property
    def last(self) -> Sent:
        return self.sent[-1]

    def _answer(self, asked: Asked) -> Told:
        verify_request(
            (self.key,),
            asked.headers.get("webhook-signature"),
            message_id=asked.headers.get("webhook-id"),
            timestamp=asked.headers.get("webhook-timestamp"),
            method=asked.method,
            path=asked.path,
            body=asked.body,
            now_s=self.clock.now().timestamp(),
        )
        assert asked.headers["x-caller"] == "portal"
        with self._lock:
            self.calls.append((asked.method, asked.path))
            status, content = (503, {"code": "down"}) if self.down else self._route(asked)
        body = json.dumps(content).encode()
        message_id = asked.headers["webhook-id"]
        key = self.key if self.signs else bytes(32)
        signature = sign_answer((key,), message_id=message_id, status=status, body=body)
        return Told(status, body, {"webhook-id": message_id, "webhook-signature": signature})

    def _route(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        parts = asked.path.strip("/").split("/")
        payload = json.loads(asked.body or b"{}")
        if asked.path == "/v1/messages":
            self.notices.append({**payload, "key": asked.headers["idempotency-key"]})
            return 202, {"id": secrets.token_hex(8), "status": "queued"}
        if len(parts) == 2 and asked.method == "POST":
            return 201, self._start(payload)
        found = next((one for one in self.sent + self.decoys if one.id == parts[2]), None)
        if found is None:
            return 404, {"code": "not_found"}
        if parts[-1] == "check":
            return 200, self._check(found, payload)
        if parts[-1] == "resend":
            found.code, found.token = f"{secrets.randbelow(10**6):06d}", secrets.token_urlsafe(32)
            found.attempts_left, found.status = 3, "pending"
            found.expires_at = self.clock.now() + timedelta(seconds=found.request["policy"]["validity_s"])
            return 200, self._shown(found)
        return 200, self._shown(found)

    def _start(self, payload: dict[str, Any]) -> dict[str, Any]:
        for one in self.sent:
            if one.request["customer_code"] == payload["customer_code"]:
                one.status = "superseded" if one.status == "pending" else one.status
        expires_at = self.clock.now() + timedelta(seconds=payload["policy"]["validity_s"])
        code = f"{secrets.randbelow(10**6):06d}"
        sent = Sent(secrets.token_hex(8), payload, code, secrets.token_urlsafe(32), expires_at)
        (self.decoys if payload.get("decoy") else self.sent).append(sent)
        return self._shown(sent)

    def _shown(self, sent: Sent) -> dict[str, Any]:
        return {
            "id": sent.id,
            "purpose": sent.request["purpose"],
            "expires_at": sent.expires_at.isoformat(),
            "resend_after_s": sent.request["policy"]["resend_after_s"],
            "masked_to": "***",
        }

    def _check(self, sent: Sent, payload: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"id": sent.id, "purpose": sent.request["purpose"], "operation_id": None}
        answer["customer_code"] = payload["customer_code"]
        if sent.status == "pending":
            if payload["customer_code"] in self.used_up:
                return {**answer, "status": "exhausted", "attempts_left": 0}
            if self.clock.now() >= sent.expires_at:
                return {**answer, "status": "expired", "attempts_left": 0}
            sent.attempts_left -= 1
            right = sent.code == payload.get("code") or sent.token == payload.get("link_token")
            right = right and not sent.request.get("decoy")
            if right:
                sent.status = "consumed"
                proof = secrets.token_urlsafe(24)
                sent.proofs.append(proof)
                return {**answer, "status": "approved", "attempts_left": sent.attempts_left, "proof": proof}
            if sent.attempts_left > 0:
                return {**answer, "status": "wrong", "attempts_left": sent.attempts_left}
            sent.status = "exhausted"
        return {**answer, "status": sent.status, "attempts_left": 0}
