"""Service accounts can do their job and nothing else (SECURITY T1, P4)."""

from __future__ import annotations

import pytest
import requests

from tests.support.customers import KeycloakApi, ask_setup, proof, provision, record
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak


def _setup_body(stack: Stack) -> dict[str, str]:
    return {
        "purpose": "registration",
        "proof": "x",
        "redirect_uri": f"{stack.portal}/generali/registrazione/fatto",
        "locale": "it",
    }


@pytest.mark.parametrize(
    ("client", "allowed"), [("portal", {"lookup", "contact", "setup"}), ("provisioning", {"lookup", "contact", "bulk"})]
)
def test_each_service_account_reaches_only_its_own_endpoints(stack: Stack, client: str, allowed: set[str]) -> None:
    customer = provision(stack)
    api = KeycloakApi(stack, "generali", client)
    calls = {
        "lookup": lambda: api.request("GET", f"customers/{customer.code}"),
        "contact": lambda: api.request("GET", "customers", params={"contact": customer.email}),
        "bulk": lambda: api.request("POST", "customers/bulk", json={"records": [record()]}),
        "setup": lambda: api.request("POST", f"customers/{customer.code}/credential-setup", json=_setup_body(stack)),
    }
    refused = {name for name, call in calls.items() if call().status_code == 403}
    assert refused == set(calls) - allowed


@pytest.mark.parametrize("client", ["portal", "provisioning"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "users"),
        ("POST", "users"),
        ("GET", "clients"),
        ("GET", "events"),
        ("GET", "roles"),
        ("POST", "partialImport"),
        ("POST", "partial-export"),
        ("PUT", ""),
        ("DELETE", ""),
    ],
)
def test_service_accounts_are_refused_by_keycloaks_own_admin_api(
    stack: Stack, client: str, method: str, path: str
) -> None:
    api = KeycloakApi(stack, "generali", client)
    answer = api.request(method, f"{stack.keycloak}/admin/realms/generali/{path}".rstrip("/"), json={})
    assert answer.status_code == 403


def test_a_service_account_cannot_touch_a_users_credentials(stack: Stack) -> None:
    customer = provision(stack)
    admin = stack.admin("generali")
    user_id = admin.get_user_id(customer.code.lower())
    api = KeycloakApi(stack, "generali", "provisioning")
    base = f"{stack.keycloak}/admin/realms/generali/users/{user_id}"
    assert (
        api.request("PUT", f"{base}/reset-password", json={"type": "password", "value": "Rubata2026"}).status_code
        == 403
    )
    assert api.request("PUT", base, json={"enabled": True}).status_code == 403
    assert api.request("PUT", f"{base}/execute-actions-email", json=["UPDATE_PASSWORD"]).status_code == 403


def test_a_token_of_one_brand_is_refused_by_the_other(stack: Stack) -> None:
    api = KeycloakApi(stack, "generali", "provisioning")
    answer = api.request(
        "POST", f"{stack.keycloak}/admin/realms/alleanza/area-clienti/customers/bulk", json={"records": []}
    )
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    "method_and_path", [("GET", "customers/X"), ("GET", "customers?contact=a"), ("POST", "customers/bulk")]
)
def test_nothing_is_anonymous(stack: Stack, method_and_path: tuple[str, str]) -> None:
    method, path = method_and_path
    answer = requests.request(
        method, f"{stack.keycloak}/admin/realms/generali/area-clienti/{path}", json={}, timeout=10
    )
    assert answer.status_code == 401


def test_provisioning_cannot_write_credentials_through_a_record(stack: Stack) -> None:
    api = KeycloakApi(stack, "generali", "provisioning")
    for smuggled in (
        {"password": "Rubata2026"},
        {"username": "x@esempio.it"},
        {"account_state": "registered"},
        {"enabled": True},
    ):
        result = api.bulk(record(**smuggled))["results"][0]
        assert result["outcome"] == "refused", smuggled


def test_a_realm_administrator_has_no_implicit_right_to_a_set_up_link(stack: Stack) -> None:
    customer = provision(stack)
    admin = stack.admin("generali")
    answer = admin.connection.raw_post(
        f"/admin/realms/generali/area-clienti/customers/{customer.code}/credential-setup", data="{}"
    )
    assert answer.status_code == 403


def test_the_portal_with_a_real_proof_is_let_through(stack: Stack) -> None:
    customer = provision(stack)
    assert ask_setup(stack, customer, proof(stack, customer, customer.email)).status_code == 200
