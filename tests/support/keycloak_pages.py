"""Keycloak's pages over plain HTTP, as a browser without JavaScript sees them, and the portal's OpenID Connect side."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import requests

from domain.brands import variable_suffix
from tests.support.stack import Stack


@dataclass
class Form:
    """One form of a page: where it posts, and its fields with their present values."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in_code = tag in ("script", "style")
        if tag == "form":
            self.forms.append(Form(values.get("action") or ""))
        elif tag == "input" and self.forms and values.get("name") and values.get("type") not in ("submit", "checkbox"):
            self.forms[-1].fields[str(values["name"])] = values.get("value") or ""
        elif tag in ("button", "input") and self.forms and values.get("name"):
            self.forms[-1].buttons.add(str(values["name"]))

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.text.append(data)


@dataclass(frozen=True)
class Page:
    """An answer of Keycloak: a page, or the redirect that left Keycloak."""

    status: int
    url: str
    html: str
    left_to: str | None = None

    @property
    def text(self) -> str:
        """The words of the page, white space folded."""
        parser = _Forms()
        parser.feed(self.html)
        return " ".join(" ".join(parser.text).split())

    def form(self, having: str) -> Form:
        """The form with a field or button of that name."""
        parser = _Forms()
        parser.feed(self.html)
        for form in parser.forms:
            if having in form.fields or having in form.buttons:
                return Form(urljoin(self.url, form.action), form.fields, form.buttons)
        raise AssertionError(f"no form with {having!r} on {self.status} {urlsplit(self.url).path}: {self.text[:300]}")

    def shows(self, field_name: str) -> bool:
        """Whether a form of the page has that field."""
        parser = _Forms()
        parser.feed(self.html)
        return any(field_name in form.fields for form in parser.forms)

    @property
    def reload_url(self) -> str:
        """The address a browser shows for this page (a script sets it): the form's, without its session code."""
        parser = _Forms()
        parser.feed(self.html)
        parts = urlsplit(urljoin(self.url, parser.forms[-1].action))
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "session_code"]
        return parts._replace(query=urlencode(kept)).geturl()

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters of the redirect that left Keycloak."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.left_to or "").query).items()}


class KeycloakPages:
    """One browser (one cookie jar) at one stack's Keycloak."""

    def __init__(self, stack: Stack) -> None:
        self._keycloak = stack.keycloak
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"

    def open(self, url: str) -> Page:
        """GET, following redirects inside Keycloak only."""
        return self._follow(self._request("GET", url))

    def submit(self, form: Form, **values: str) -> Page:
        """POST a form with these values."""
        return self._follow(self._request("POST", form.action, data=form.fields | values))

    def _request(self, method: str, url: str, data: dict[str, str] | None = None) -> requests.Response:
        answer = self.session.request(method, url, data=data, allow_redirects=False, timeout=30)
        for cookie in self.session.cookies:
            # As browsers do for loopback addresses: Keycloak's cookies are Secure, the stack is plain http.
            cookie.secure = False
        return answer

    def _follow(self, answer: requests.Response) -> Page:
        for _ in range(10):
            location = answer.headers.get("Location")
            if not location:
                return Page(answer.status_code, answer.url, answer.text)
            target = urljoin(answer.url, location)
            if not target.startswith(self._keycloak):
                return Page(answer.status_code, answer.url, "", left_to=target)
            answer = self._request("GET", target)
        raise AssertionError("a redirect loop")


@dataclass(frozen=True)
class PushedRequest:
    """A pushed authorization request of the portal: what its side must keep."""

    url: str
    state: str
    nonce: str
    verifier: str


class PortalClient:
    """The portal's OpenID Connect client of one brand, with the secret it really has."""

    def __init__(self, stack: Stack, brand: str) -> None:
        self.brand = brand
        self._realm = f"{stack.keycloak}/realms/{brand}/protocol/openid-connect"
        self._auth = ("portal", stack.secrets[f"PORTAL_CLIENT_SECRET_{variable_suffix(brand)}"])
        self.redirect_uri = f"{stack.portal}/{brand}/accesso/callback"

    def push(self, acr: str | None = None, operation: dict[str, Any] | None = None, **extra: str) -> PushedRequest:
        """Push a request; ``operation`` gets the request's nonce unless it has one."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        data = {
            "response_type": "code",
            "client_id": "portal",
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if acr:
            data["claims"] = json.dumps({"id_token": {"acr": {"essential": True, "values": [acr]}}})
        if operation is not None:
            data["operation"] = json.dumps({"nonce": nonce} | operation)
        answer = requests.post(f"{self._realm}/ext/par/request", data=data | extra, auth=self._auth, timeout=10)
        assert answer.status_code == 201, answer.text
        url = f"{self._realm}/auth?client_id=portal&request_uri={answer.json()['request_uri']}"
        return PushedRequest(url, state, nonce, verifier)

    def redeem(self, pushed: PushedRequest, page: Page) -> dict[str, Any]:
        """Exchange the code of a redirect for the ID token's claims (signature left to the portal's own tests)."""
        assert page.left_to, page.text[:300]
        assert page.parameters["state"] == pushed.state
        assert "code" in page.parameters, page.parameters
        data = {
            "grant_type": "authorization_code",
            "code": page.parameters["code"],
            "redirect_uri": self.redirect_uri,
            "code_verifier": pushed.verifier,
        }
        answer = requests.post(f"{self._realm}/token", data=data, auth=self._auth, timeout=10)
        assert answer.status_code == 200, answer.text
        payload = answer.json()["id_token"].split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
