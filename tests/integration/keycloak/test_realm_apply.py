"""Bringing a running realm to the realm file (docs/decisions/0030)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from area_clienti.layout import PROJECT
from area_clienti.live_realm.command import CLIENT_ID, CLIENT_SECRET, RealmFile, bring_there, live_realm, what_differs
from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import Realm
from tests.support.customers import PASSWORD
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.signing_in import code_of, registered, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak

REALM = "generali"


@pytest.fixture
def wanted(stack: Stack) -> Realm:
    environment = {"PORTAL_PUBLIC_URL": stack.portal, "PORTAL_URL": stack.portal}
    ((realm, _),) = RealmFile(PROJECT / "keycloak" / "realm-export.json", environment).realms(REALM)
    return realm


@pytest.fixture
def live(stack: Stack, wanted: Realm) -> Iterator[LiveRealm]:
    environment = {
        "KEYCLOAK_URL": stack.keycloak_admin,
        CLIENT_ID: stack.admin_client_id,
        CLIENT_SECRET: stack.admin_client_secret,
    }
    live = live_realm(REALM, environment)
    yield live
    bring_there(live, wanted, {})
    assert what_differs(live, wanted) == []


def _steps(live: LiveRealm) -> list[dict[str, Any]]:
    return list(live.get("authentication/flows/customers browser/executions"))


def test_a_realm_just_imported_differs_in_nothing(live: LiveRealm, wanted: Realm) -> None:
    assert [str(one) for one in what_differs(live, wanted)] == []


def test_a_changed_policy_and_a_weakened_flow_are_named_and_put_right_and_customers_go_on(
    stack: Stack, live: LiveRealm, wanted: Realm
) -> None:
    customer = registered(stack)
    secret = live.get(f"clients/{live.get('clients?clientId=portal')[0]['id']}/client-secret")["value"]
    (code,) = (one for one in _steps(live) if one.get("alias") == "access code")
    live.delete(f"authentication/executions/{code['id']}")
    live.put("", {"passwordPolicy": "length(4)"})
    said = [str(one) for one in what_differs(live, wanted)]
    assert any("passwordPolicy" in one for one in said)
    assert any("customers browser: steps is" in one for one in said)

    found, left = bring_there(live, wanted, {})
    assert (len(found), left) == (len(said), [])
    assert live.get("")["passwordPolicy"] == wanted["passwordPolicy"]
    assert not any(" new " in flow["alias"] for flow in live.get("authentication/flows"))
    pages, client = KeycloakPages(stack), PortalClient(stack, REALM)
    pushed = client.push()
    page = sign_in(pages, pushed.url, customer.email, PASSWORD)
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access"))
    assert client.redeem(pushed, page)["acr"] == "2", "the flow asks for the code again"
    portal = live.get("clients?clientId=portal")[0]
    assert live.get(f"clients/{portal['id']}/client-secret")["value"] == secret


def test_what_was_taken_away_or_added_within_what_the_file_names_is_put_right(live: LiveRealm, wanted: Realm) -> None:
    portal = live.get("clients?clientId=portal")[0]
    live.put(f"clients/{portal['id']}", portal | {"redirectUris": ["https://x.example/*"]})
    for mapper in portal["protocolMappers"]:
        live.delete(f"clients/{portal['id']}/protocol-mappers/models/{mapper['id']}")
    operators = live.get("clients?clientId=operators")[0]["id"]
    live.delete(f"clients/{operators}/scope-mappings/realm", [live.get("roles/operator")])
    live.delete("roles/area-clienti-helpdesk")
    action = "CONFIGURE_TOTP"
    live.put(f"authentication/required-actions/{action}", {"alias": action, "enabled": False})
    profile = live.get("users/profile")
    (attribute,) = (one for one in profile["attributes"] if one["name"] == "access_mobile")
    attribute["permissions"]["edit"] = ["admin"]
    live.put("users/profile", profile)
    workflow = live.get("workflows")[0]
    workflow["steps"][1]["after"] = "1d"
    live.put(f"workflows/{workflow['id']}", workflow)
    live.post("localization/it", {"profile.scheme": "Altro"})
    found, left = bring_there(live, wanted, {})
    assert [str(one) for one in left] == []
    named = {one.kind for one in found}
    assert named >= {"client", "role", "required action", "user profile", "workflow", "texts"}

