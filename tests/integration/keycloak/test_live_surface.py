"""What of Keycloak can be reached at all: no protocol, grant or power that nobody here uses (docs/threat-model.md)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from tests.support.customers import KeycloakApi
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak
_UNUSED = {
    *("CIBA", "DEVICE_FLOW", "IDENTITY_BROKERING_API_V1", "IMPERSONATION", "JWT_AUTHORIZATION_GRANT", "KERBEROS"),
    *("KUBERNETES_SERVICE_ACCOUNTS", "ORGANIZATION", "TOKEN_EXCHANGE_STANDARD_V2", "TWITTER_BROKER"),
}


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    "path",
    ["protocol/saml", "protocol/saml/resolve", "protocol/openid-connect/auth/device", "protocol/docker-v2/auth"]
    + ["protocol/openid-connect/ext/ciba/auth"],
)
def test_protocols_nobody_uses_are_not_there(stack: Stack, path: str, content_type: str) -> None:
    url = f"{stack.keycloak}/realms/generali/{path}"
    answer = requests.post(url, data=b"{}", headers={"Content-Type": content_type}, timeout=20)
    # The address of device codes stays routed when they are not built in, and answers nothing.
    assert answer.status_code in (404, 204), answer.text[:200]
    assert answer.status_code == 404 or not answer.content


@pytest.mark.parametrize(
    "grant",
    ["urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code"]
    + ["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:openid:params:grant-type:ciba"],
)
def test_grants_nobody_uses_are_not_known(stack: Stack, grant: str) -> None:
    answer = requests.post(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/token",
        data={"grant_type": grant, "subject_token": "x", "assertion": "x", "device_code": "x", "auth_req_id": "x"},
        auth=("portal", stack.secrets["PORTAL_CLIENT_SECRET_GENERALI"]),
        timeout=20,
    )
    assert answer.json()["error"] == "unsupported_grant_type"


def test_features_nobody_uses_are_not_built_in(stack: Stack) -> None:
    features = stack.admin("master").get_server_info()["features"]
    on = {feature["name"] for feature in features if feature["enabled"]}
    assert "STEP_UP_AUTHENTICATION" in on
    assert not on & _UNUSED


def test_nobody_registers_clients_from_outside(stack: Stack) -> None:
    for kind, field in (("default", "redirectUris"), ("openid-connect", "redirect_uris")):
        url = f"{stack.keycloak}/realms/generali/clients-registrations/{kind}"
        assert requests.post(url, json={field: ["https://evil.example/"]}, timeout=20).status_code in (401, 403)


def _key_id(token: str) -> str:
    header = token.split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def test_a_realms_signing_key_rotates_under_way(stack: Stack) -> None:
    """A new key of higher priority signs at once; what the old one signed stays good (docs/rotation.md)."""
    admin, before = stack.admin("alleanza"), KeycloakApi(stack, "alleanza", "portal")
    realm = admin.get_realm("alleanza")
    config = {"priority": ["200"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]}
    provider: dict[str, Any] = {
        "name": "rotated",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": realm["id"],
        "config": config,
    }
    created = admin.create_component(provider)
    try:
        after = KeycloakApi(stack, "alleanza", "portal")
        old, new = (_key_id(each.headers["Authorization"].split()[1]) for each in (before, after))
        assert old != new
        certs = requests.get(f"{stack.keycloak}/realms/alleanza/protocol/openid-connect/certs", timeout=20).json()
        assert {old, new} <= {key["kid"] for key in certs["keys"]}
        for each in (before, after):
            assert each.request("GET", "customers/NOBODY").status_code == 404
    finally:
        admin.delete_component(created)
