"""A realm of docs/contracts.md: tokens really signed, pushed requests, customers, credential set-up links."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from domain.clock import FixedClock
from tests.support.fake_http import Asked, FakeServer, Told

REALM_KEY = RSAKey.generate_key(2048, {"kid": "realm", "use": "sig", "alg": "RS256"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "realm", "use": "sig", "alg": "RS256"}, private=True)
BACKCHANNEL = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Person:
    subject: str
    customer_code: str
    sid: str


ANNA = Person("sub-anna", "G0000001", "sid-anna")
BRUNO = Person("sub-bruno", "G0000002", "sid-bruno")


class FakeKeycloak:
    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.public_url = "https://accesso.example.it"
        self.pushed: dict[str, dict[str, str]] = {}
        self.codes: dict[str, tuple[dict[str, str], str]] = {}
        self.customers: dict[str, list[dict[str, Any]]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.setups: list[dict[str, Any]] = []
        self.cancellations: list[dict[str, Any]] = []
        self.state_answer: tuple[int, dict[str, Any]] = (200, {})
        self.setup_problem: tuple[int, str] | None = None
        self.down = False
        self.published = [REALM_KEY]
        self.certs_read = 0
        self.setup_asked, self.setup_goes_on = threading.Event(), threading.Event()
        self.setup_goes_on.set()
        self._server = FakeServer(self._answer)
        self.url, self.close = self._server.url, self._server.close

    def pushed_behind(self, location: str) -> dict[str, str]:
        """The parameters behind the address the portal sent the browser to."""
        assert location.startswith(f"{self.public_url}/realms/"), location
        return self.pushed[parse_qs(urlsplit(location).query)["request_uri"][0]]

    def sign_in(self, location: str, person: Person = ANNA, key: RSAKey = REALM_KEY, **claims: Any) -> str:
        """What the browser brings back after signing in: the callback's path with its query."""
        pushed = self.pushed_behind(location)
        now = int(self.clock.now().timestamp())
        asked = json.loads(pushed["claims"])["id_token"]["acr"]["values"][0]
        brand = urlsplit(location).path.split("/")[2]
        content = {
            "iss": f"{self.public_url}/realms/{brand}",
            "aud": "portal",
            "sub": person.subject,
            "sid": person.sid,
            "customer_code": person.customer_code,
            "acr": asked,
            "auth_time": now,
            "iat": now,
            "exp": now + 300,
            "nonce": pushed["nonce"],
            **claims,
        }
        code = secrets.token_urlsafe(16)
        self.codes[code] = (pushed, jwt.encode({"alg": "RS256", "kid": key.kid}, content, key))
        return f"{urlsplit(pushed['redirect_uri']).path}?state={pushed['state']}&code={code}"

    def logout_token(self, person: Person = ANNA, key: RSAKey = REALM_KEY, **claims: Any) -> str:
        now = int(self.clock.now().timestamp())
        content = {
            "iss": f"{self.public_url}/realms/generali",
            "aud": "portal",
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sid": person.sid,
            "sub": person.subject,
            "events": {BACKCHANNEL: {}},
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": key.kid}, {k: v for k, v in content.items() if v is not None}, key)

    def _answer(self, asked: Asked) -> Told:
        if self.down:
            return Told(503, b"{}", {})
        status, content = self._route(asked)
        return Told(status, json.dumps(content).encode(), {})

    def _route(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        path = urlsplit(asked.path).path
        form = dict(parse_qsl(asked.body.decode())) if asked.method == "POST" else {}
        if path.endswith("/certs"):
            self.certs_read += 1
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path.endswith("/ext/par/request"):
            uri = f"urn:ietf:params:oauth:request_uri:{secrets.token_hex(8)}"
            self.pushed[uri] = form
            return 201, {"request_uri": uri, "expires_in": 60}
        if path.endswith("/token"):
            return self._token(form)
        assert asked.headers.get("authorization") == "Bearer service-account"
        if path.endswith("/credential-setup"):
            return self._set_up(path, json.loads(asked.body))
        if path.endswith("/state"):
            self.cancellations.append({"path": path, **json.loads(asked.body)})
            return self.state_answer
        return self._customers(path, parse_qs(urlsplit(asked.path).query))

    def _set_up(self, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.setups.append({"path": path, **asked})
        number = len(self.setups)
        if number == 1:
            self.setup_asked.set()
            assert self.setup_goes_on.wait(4)
        if self.setup_problem:
            return self.setup_problem[0], {"code": self.setup_problem[1]}
        return 200, {"link": f"{self.public_url}/imposta/{number}", "expires_in": 600}

    def _customers(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if not query:
            account = self.accounts.get(path.rsplit("/", 1)[1])
            return (404, {"code": "customer_unknown"}) if account is None else (200, account)
        contact = query["contact"][0]
        held = {"on_file": True, "is_access_mobile": False}
        return 200, {"customers": [{**held, **one} for one in self.customers.get(contact, [])]}

    def register(
        self, code: str, username: str, *, access_mobile: str, on_file: tuple[str, ...], **changes: Any
    ) -> None:
        """An account: its user name, the number its codes go to, and the contacts that may receive one."""
        state = {"customer_code": code, "account_state": "registered", "registered": True, **changes}
        for contact in {username, *on_file}:
            entry = {**state, "is_username": contact == username, "on_file": contact in on_file}
            self.customers.setdefault(contact, []).append({**entry, "is_access_mobile": contact == access_mobile})
        emails = [one for one in on_file if "@" in one]
        mobiles = [one for one in on_file if "@" not in one]
        self.accounts[code] = {**state, "username": username, "emails": emails, "mobiles": mobiles}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("grant_type") == "client_credentials":
            return 200, {"access_token": "service-account", "expires_in": 300, "token_type": "Bearer"}
        pushed, id_token = self.codes.pop(form.get("code", ""), ({}, ""))
        if not pushed or form["redirect_uri"] != pushed["redirect_uri"] or not _fits(form, pushed):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}


def _fits(form: dict[str, str], pushed: dict[str, str]) -> bool:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return create_s256_code_challenge(form["code_verifier"]) == pushed["code_challenge"]
