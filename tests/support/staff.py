"""Members of staff made for one test, signed in at their realm's console by password and TOTP."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.support.keycloak_pages import KeycloakPages, Page
from tests.support.stack import Stack

ADMINISTRATOR = "area-clienti-administrator"
HELPDESK = "area-clienti-helpdesk"
_PERIOD_S = 30


def totp_code(secret: str, at: float | None = None) -> str:
    """The six digits of an authenticator app; ``secret`` as Keycloak keeps it, not in base 32."""
    # Keycloak's secrets are shorter than the library would have them.
    totp = TOTP(secret.encode(), 6, SHA1(), _PERIOD_S, enforce_key_length=False)  # noqa: S303
    return totp.generate(int(time.time() if at is None else at)).decode()


@dataclass(frozen=True)
class StaffMember:
    """What a test knows of somebody who signs in at the console."""

    brand: str
    username: str
    password: str
    totp_secret: str


def make_staff(stack: Stack, brand: str = "generali", role: str = ADMINISTRATOR) -> StaffMember:
    """A member of staff whose first sign-in is behind them."""
    member = StaffMember(brand, f"staff-{secrets.token_hex(4)}", "Personale2026", secrets.token_hex(10))
    admin = stack.admin(brand)
    user_id = admin.create_user(
        {
            "username": member.username,
            "firstName": "Anna",
            "lastName": "Operatrice",
            "enabled": True,
            "credentials": [
                {"type": "password", "value": member.password, "temporary": False},
                {
                    "type": "otp",
                    "secretData": json.dumps({"value": member.totp_secret}),
                    "credentialData": json.dumps(
                        {"subType": "totp", "digits": 6, "counter": 0, "period": _PERIOD_S, "algorithm": "HmacSHA1"}
                    ),
                },
            ],
        }
    )
    admin.assign_realm_roles(user_id, [admin.get_realm_role(role)])
    return member


class ConsoleDoor:
    """The console's OpenID Connect client of one realm, as the console itself uses it."""

    def __init__(self, stack: Stack, brand: str) -> None:
        self._realm = f"{stack.keycloak}/realms/{brand}/protocol/openid-connect"
        self._redirect_uri = f"{stack.keycloak}/admin/{brand}/console/"
        self._verifier = secrets.token_urlsafe(48)
        self.pages = KeycloakPages(stack)

    def open(self) -> Page:
        """The first page of a sign-in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        return self.pages.open(
            f"{self._realm}/auth?client_id=security-admin-console&response_type=code&scope=openid"
            f"&redirect_uri={self._redirect_uri}&code_challenge={challenge}&code_challenge_method=S256"
        )

    def token(self, page: Page) -> str:
        """The access token of a sign-in that has ended at the console."""
        # The console is at Keycloak's own address: the sign-in ends on its page.
        ended = parse_qs(urlsplit(page.url).query)
        assert "code" in ended, page.text[:300]
        data = {
            "grant_type": "authorization_code",
            "client_id": "security-admin-console",
            "code": ended["code"][0],
            "redirect_uri": self._redirect_uri,
            "code_verifier": self._verifier,
        }
        answer = requests.post(f"{self._realm}/token", data=data, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


class StaffApi:
    """The Admin API and our resources, called with the token that the console has once a member of staff is in."""

    def __init__(self, stack: Stack, member: StaffMember) -> None:
        door = ConsoleDoor(stack, member.brand)
        page = door.open()
        page = door.pages.submit(page.form("password"), username=member.username, password=member.password)
        page = door.pages.submit(page.form("otp"), otp=totp_code(member.totp_secret))
        self._headers = {"Authorization": f"Bearer {door.token(page)}"}
        self._base = f"{stack.keycloak}/admin/realms/{member.brand}"

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Any request below the realm's admin resource."""
        return requests.request(method, f"{self._base}/{path}", headers=self._headers, timeout=30, **arguments)

    def user(self, code: str) -> dict[str, Any]:
        """The customer with this code, found as the console finds it."""
        found = self.request(
            "GET", "users", params={"q": f"customer_code:{code}", "briefRepresentation": "false"}
        ).json()
        assert len(found) == 1, found
        return dict(found[0])

    def save(self, user: dict[str, Any], **changes: Any) -> requests.Response:
        """Save the user's page with something changed on it; ``account_state`` is an attribute."""
        state = changes.pop("account_state", None)
        whole = user | changes
        if state:
            whole["attributes"] = user["attributes"] | {"account_state": [state]}
        return self.request("PUT", f"users/{user['id']}", json=whole)

    def state(self, code: str) -> tuple[str, bool]:
        """What the console shows of an account: its state and whether it is enabled."""
        user = self.user(code)
        return user["attributes"]["account_state"][0], user["enabled"]
