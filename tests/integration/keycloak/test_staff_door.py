"""Two doors to one realm: staff cannot come in by the customers', nor customers by the staff's (SECURITY P4)."""

from __future__ import annotations

import pytest

from tests.support.customers import PASSWORD
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.signing_in import first_access, registered, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak


def test_a_staff_user_cannot_come_in_by_the_customers_door(stack: Stack) -> None:
    password = stack.secrets["REALM_ADMIN_PASSWORD_GENERALI"]
    page = sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, "admin-generali", password)
    assert page.shows("password")


def test_a_customer_cannot_enrol_a_factor_at_the_staff_door(stack: Stack) -> None:
    customer = registered(stack)
    page = KeycloakPages(stack)
    door = page.open(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id=security-admin-console"
        f"&response_type=code&scope=openid&redirect_uri={stack.keycloak}/admin/generali/console/"
        f"&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    inside = page.submit(door.form("password"), username=customer.email, password=PASSWORD)
    assert not inside.shows("totp")
    assert inside.left_to is None
    assert "KEYCLOAK_IDENTITY" not in page.session.cookies


@pytest.mark.parametrize("client", ["security-admin-console", "account-console", "operators"])
def test_a_customers_single_sign_on_session_opens_no_staff_client(stack: Stack, client: str) -> None:
    customer = registered(stack)
    pages = first_access(stack, customer)
    addresses = {
        "security-admin-console": f"{stack.keycloak}/admin/generali/console/",
        "account-console": f"{stack.keycloak}/realms/generali/account/",
        "operators": f"{stack.portal}/generali/operatori/callback",
    }
    door = pages.open(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id={client}&response_type=code"
        f"&scope=openid&redirect_uri={addresses[client]}&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    assert "code" not in door.parameters
    assert not door.shows("totp")
    assert door.shows("password")
