"""Headers of Keycloak's pages (SECURITY S4); that the pages work with them: tests/e2e/test_page_policies.py."""

from __future__ import annotations

import pytest
import requests

from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak
_BRAND = "generali"
def _sign_in(stack: Stack) -> dict[str, str]:
    return {
    "redirect_uri": f"{stack.keycloak}/realms/{_BRAND}/account/",
    "client_id": "account-console",
    "response_type": "code",
    "scope": "openid",
    "code_challenge": "x" * 43,
    "code_challenge_method": "S256",
    }


def _policy(answer: requests.Response) -> dict[str, str]:
    directives = answer.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, _, sources in (one.strip().partition(" ") for one in directives)}


def test_the_pages_customers_see_run_scripts_from_files_alone(stack: Stack) -> None:
    # Keycloak's cookies are Secure, which this client sends over https alone: a page that needs none of them.
    sign_in = requests.get(f"{stack.keycloak}/realms/{_BRAND}/protocol/openid-connect/auth", _sign_in(stack), timeout=30)
    error = requests.get(f"{stack.keycloak}/realms/{_BRAND}/protocol/openid-connect/auth?client_id=nobody", timeout=30)
    assert (sign_in.status_code, error.status_code) == (200, 400)
    assert "no-store" in sign_in.headers["Cache-Control"]
    for answer in (sign_in, error):
        policy = _policy(answer)
        assert policy["default-src"] == policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["form-action"] == f"'self' {stack.portal}"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=" in answer.headers["Strict-Transport-Security"]
        assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["admin/generali/console/", "admin/master/console/", "realms/generali/account/"])
def test_the_consoles_scripts_are_allowed_by_their_hashes(stack: Stack, path: str) -> None:
    answer = requests.get(f"{stack.keycloak}/{path}", timeout=30)
    policy = _policy(answer)
    assert "'sha256-" in policy["script-src"]
    assert "unsafe" not in policy["script-src"]
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"

