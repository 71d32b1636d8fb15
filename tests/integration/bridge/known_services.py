"""Servers that do what the manuals of two SMS services say, and receipts signed as those services sign them.

Written from the manuals that the declaration files name, not from the bridge: what they refuse, a real one would.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from joserfc.jwk import OctKey

Answer = tuple[int, dict[str, Any]]


@dataclass
class Twilio:
    """The Messages resource of one account. ``refuse``: the HTTP status and error code of the next answers."""

    sid: str = "YOUR-ACCOUNT-SID"
    token: str = "auth-token-of-the-account"
    refuse: tuple[int, int] | None = None
    taken: list[dict[str, str]] = field(default_factory=list)

    def respond(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        known = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if headers.get("authorization") != f"Basic {known}":
            return self._problem(401, 20003)
        assert path == f"/2010-04-01/Accounts/{self.sid}/Messages.json"
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        fields = dict(parse_qsl(body.decode(), strict_parsing=True))
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", fields.get("To", "")):
            return self._problem(400, 21211)
        if not 1 <= int(fields.get("ValidityPeriod", "36000")) <= 36_000:
            return self._problem(400, 21624)
        if self.refuse:
            return self._problem(*self.refuse)
        self.taken.append(fields)
        return 201, {
            "sid": self.sid_of(len(self.taken)),
            "status": "queued",
            "to": fields["To"],
            "from": fields["From"],
            "body": fields["Body"],
            "num_segments": "1",
            "error_code": None,
            "error_message": None,
            "uri": f"{path.removesuffix('.json')}/{self.sid_of(len(self.taken))}.json",
        }

    @staticmethod
    def sid_of(number: int) -> str:
        return f"SM{number:032x}"

    @staticmethod
    def _problem(status: int, code: int) -> Answer:
        more = f"https://www.twilio.com/docs/errors/{code}"
        return status, {"code": code, "message": "…", "more_info": more, "status": status}

    def receipt(self, number: int, word: str, url: str, **changes: str) -> tuple[dict[str, str], bytes]:
        """The status callback of the n-th message (from 1): headers and body."""
        fields = {
            "MessageSid": self.sid_of(number),
            "MessageStatus": word,
            "SmsSid": self.sid_of(number),
            "SmsStatus": word,
            "AccountSid": self.sid,
            "ApiVersion": "2010-04-01",
            "From": "Generali",
            "To": "+393201234567",
            "RawDlrDoneDate": "",
        }
        content = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
        signature = base64.b64encode(hmac.new(self.token.encode(), content.encode(), hashlib.sha1).digest()).decode()
        headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return headers, urlencode(fields | changes).encode()


@dataclass
class Vonage:
    """The Messages API of one account. ``refuse``: the HTTP status of the next answers."""

    api_key: str = "abcd1234"
    secret: str = "k3yOfTheAccount"
    signature_secret: str = "signature-secret-of-the-account"
    refuse: int | None = None
    taken: list[dict[str, Any]] = field(default_factory=list)

    def respond(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        known = base64.b64encode(f"{self.api_key}:{self.secret}".encode()).decode()
        if headers.get("authorization") != f"Basic {known}":
            return self._problem(401, "Unauthorized")
        assert (path, headers["content-type"]) == ("/v1/messages", "application/json")
        fields = json.loads(body)
        fits = (
            fields["channel"] == "sms"
            and fields["message_type"] == "text"
            and re.fullmatch(r"[1-9][0-9]{6,14}", fields["to"])
            and len(fields["text"]) <= 1000
            and isinstance(fields["ttl"], int)
            and fields["ttl"] >= 20
            and len(fields["client_ref"]) <= 100
        )
        if not fits:
            return self._problem(422, "Invalid params")
        if self.refuse:
            return self._problem(self.refuse, "…")
        self.taken.append(fields)
        return 202, {"message_uuid": self.uuid_of(len(self.taken))}

    @staticmethod
    def uuid_of(number: int) -> str:
        return str(uuid.UUID(int=number))

    @staticmethod
    def _problem(status: int, title: str) -> Answer:
        kind = f"https://developer.vonage.com/api-errors/messages#{status}"
        return status, {"type": kind, "title": title, "detail": "…", "instance": "trace-of-the-request"}

    def receipt(
        self, number: int, word: str, *, secret: str | None = None, alg: str = "HS256", **claims: object
    ) -> tuple[dict[str, str], bytes]:
        """The status webhook of the n-th message (from 1): headers and body; ``claims`` replaces some."""
        told = {
            "message_uuid": self.uuid_of(number),
            "to": "393201234567",
            "from": "Generali",
            "timestamp": "2026-11-23T03:00:00Z",
            "status": word,
            "channel": "sms",
            "client_ref": "msg_1",
            "usage": {"currency": "EUR", "price": "0.0333"},
        }
        body = json.dumps(told, separators=(",", ":")).encode()
        payload = {
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "api_key": self.api_key,
        } | claims
        key = OctKey.import_key(secret or self.signature_secret)
        token = jwt.encode({"alg": alg, "typ": "JWT"}, payload, key, algorithms=[alg])
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}, body
