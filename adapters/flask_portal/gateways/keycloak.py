"""Keycloak's customers resource, as the realm's service account ``portal`` sees it.

Rights: ``customers-read``, ``credential-setup`` and ``account-cancellation`` only. The access token comes by client
credentials and is kept until shortly before it expires. Contract: ``docs/contracts.md``, «Keycloak: admin resources».
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from adapters.flask_portal.errors import NotFoundError, RefusedError, SystemUnavailableError
from domain.accounts import RECOVERY_FROM, Account
from domain.clock import Clock

_TOKEN_MARGIN_S = 20


@dataclass(frozen=True)
class SetupLink:
    """Where the customer chooses the password; usable once, for ``expires_in_s`` seconds."""

    url: str
    expires_in_s: int


@dataclass(frozen=True)
class Username:
    """A customer's user name, and whether it is still among the contacts that may receive a code."""

    contact: str = field(repr=False)
    on_file: bool


@dataclass(frozen=True)
class _Token:
    value: str
    good_until: datetime


class KeycloakGateway:
    """Reads customers and asks for credential set-up links, in the realm named like the brand."""

    def __init__(
        self, base_url: str, secrets: Mapping[str, str], http: requests.Session, clock: Clock, timeout_s: float
    ) -> None:
        self._base_url = base_url
        self._secrets = secrets
        self._http = http
        self._clock = clock
        self._timeout_s = timeout_s
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def by_contact(self, brand: str, contact: str) -> list[Account]:
        """The customers that have this canonical contact, and the one whose username it is."""
        content = self._call(brand, "GET", f"customers?contact={quote(contact, safe='')}", None)
        try:
            return [Account.read(one) for one in content["customers"]]
        except (KeyError, TypeError):
            raise SystemUnavailableError("Keycloak's list of customers lacks a field") from None

    def username(self, brand: str, customer_code: str) -> Username | None:
        """The user name of an account that recovery may reopen; None for any other customer, and for nobody."""
        try:
            content = self._call(brand, "GET", f"customers/{quote(customer_code, safe='')}", None)
        except NotFoundError:
            return None
        try:
            if not content["registered"] or content["account_state"] not in RECOVERY_FROM:
                return None
            held = {*content["emails"], *content["mobiles"]}
            return Username(str(content["username"]), on_file=content["username"] in held)
        except (KeyError, TypeError):
            raise SystemUnavailableError("Keycloak's view of a customer lacks a field") from None

    def credential_setup(
        self, brand: str, customer_code: str, *, purpose: str, proof: str, redirect_uri: str, locale: str
    ) -> SetupLink:
        """Hand over the bridge's proof for a set-up link.

        Raises :class:`RefusedError` with the problem's code (``proof_spent``, ``username_taken``, …).
        """
        body = {"purpose": purpose, "proof": proof, "redirect_uri": redirect_uri, "locale": locale}
        path = f"customers/{quote(customer_code, safe='')}/credential-setup"
        content = self._call(brand, "POST", path, body)
        try:
            return SetupLink(str(content["link"]), int(content["expires_in"]))
        except (KeyError, TypeError, ValueError):
            raise SystemUnavailableError("Keycloak's credential set-up answer lacks a field") from None

    def cancel(self, brand: str, customer_code: str, proof: str) -> None:
        """Hand over the bridge's proof that the customer asks to cancel the account; raises :class:`RefusedError`."""
        path = f"customers/{quote(customer_code, safe='')}/state"
        self._call(brand, "POST", path, {"action": "cancel", "proof": proof})

    def _call(self, brand: str, method: str, path: str, body: dict[str, str] | None) -> dict[str, Any]:
        url = f"{self._base_url}/admin/realms/{brand}/area-clienti/{path}"
        answer = self._send(brand, method, url, body)
        if answer.status_code == 401:
            # The realm's keys rotated or Keycloak restarted: the token kept here is void, a new one may not be.
            self._forget_token(brand)
            answer = self._send(brand, method, url, body)
        return _content(answer)

    def _send(self, brand: str, method: str, url: str, body: dict[str, str] | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token(brand)}"}
        try:
            return self._http.request(
                method, url, json=body, headers=headers, timeout=self._timeout_s, allow_redirects=False
            )
        except requests.RequestException:
            # The original names the address, and the query holds a contact.
            raise SystemUnavailableError("Keycloak does not answer") from None

    def _token(self, brand: str) -> str:
        with self._lock:
            token = self._tokens.get(brand)
            if token is None or token.good_until <= self._clock.now():
                token = self._tokens[brand] = self._fetch_token(brand)
            return token.value

    def _forget_token(self, brand: str) -> None:
        with self._lock:
            self._tokens.pop(brand, None)

    def _fetch_token(self, brand: str) -> _Token:
        try:
            answer = self._http.post(
                f"{self._base_url}/realms/{brand}/protocol/openid-connect/token",
                data={"grant_type": "client_credentials"},
                auth=("portal", self._secrets[brand]),
                timeout=self._timeout_s,
                allow_redirects=False,
            )
            answer.raise_for_status()
            content = answer.json()
            lifetime = timedelta(seconds=int(content["expires_in"]) - _TOKEN_MARGIN_S)
            return _Token(str(content["access_token"]), self._clock.now() + lifetime)
        except (requests.RequestException, ValueError, KeyError):
            raise SystemUnavailableError("Keycloak gives the portal's service account no token") from None


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    if answer.status_code == 200:
        return content
    if answer.status_code == 404:
        raise NotFoundError("Keycloak knows no such customer")
    if answer.status_code in {400, 409, 422}:
        raise RefusedError(str(content.get("code") or "refused"))
    raise SystemUnavailableError(f"Keycloak answered {answer.status_code}")
