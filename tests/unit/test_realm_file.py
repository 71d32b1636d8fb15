"""What must hold in the realm file before a Keycloak ever reads it (SECURITY S1, C1; docs/decisions)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from area_clienti.realm import render_realm
from domain.brands import load_brands, variable_suffix
from tests.support.brands import THIRD_BRAND

REALM_FILE = Path(__file__).resolve().parents[2] / "keycloak" / "realm-export.json"
# The shipped brands' realms as they are committed, and what an added brand's becomes.
REALMS: list[dict[str, Any]] = [
    *json.loads(REALM_FILE.read_text(encoding="utf-8")),
    render_realm(REALM_FILE.with_name("realm-template.json").read_text(encoding="utf-8"), THIRD_BRAND.brand),
]

pytestmark = pytest.mark.parametrize("realm", REALMS, ids=lambda realm: str(realm["realm"]))


def _client(realm: dict[str, Any], client_id: str) -> dict[str, Any]:
    return next(client for client in realm["clients"] if client["clientId"] == client_id)


def _flow(realm: dict[str, Any], alias: str) -> dict[str, Any]:
    return next(flow for flow in realm["authenticationFlows"] if flow["alias"] == alias)


def _strings(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, key)
    elif isinstance(node, str):
        yield key, node


def test_every_secret_comes_from_the_environment_and_has_no_default(realm: dict[str, Any]) -> None:
    secrets = [client["secret"] for client in realm["clients"] if "secret" in client]
    secrets += [credential["value"] for user in realm["users"] for credential in user.get("credentials", [])]
    assert len(secrets) == 4
    for secret in secrets:
        assert re.fullmatch(rf"\$\{{[A-Z_]+_{variable_suffix(realm['realm'])}\}}", secret)


def test_no_key_material_stands_in_the_file(realm: dict[str, Any]) -> None:
    for key, value in _strings(realm):
        assert key not in {"privateKey", "secretData", "hashedSaltedValue", "certificate"}
        assert "BEGIN" not in value


def test_no_client_can_use_a_password_or_implicit_grant(realm: dict[str, Any]) -> None:
    for client in realm["clients"]:
        assert client["directAccessGrantsEnabled"] is False, client["clientId"]
        assert client["implicitFlowEnabled"] is False, client["clientId"]
    assert _client(realm, "admin-cli")["enabled"] is False


def test_clients_that_sign_people_in_require_pkce_s256(realm: dict[str, Any]) -> None:
    for client in realm["clients"]:
        if client["standardFlowEnabled"]:
            assert client["attributes"]["pkce.code.challenge.method"] == "S256", client["clientId"]


def test_redirect_addresses_of_our_clients_are_exact(realm: dict[str, Any]) -> None:
    for client_id in ("portal", "operators"):
        client = _client(realm, client_id)
        assert client["redirectUris"]
        for address in client["redirectUris"] + client["attributes"]["post.logout.redirect.uris"].split("##"):
            assert address.startswith("${PORTAL_PUBLIC_URL}/" + realm["realm"] + "/")
            assert "*" not in address


def test_operations_can_only_be_asked_for_by_a_pushed_request(realm: dict[str, Any]) -> None:
    assert _client(realm, "portal")["attributes"]["require.pushed.authorization.requests"] == "true"


def test_the_portal_is_told_when_a_session_ends(realm: dict[str, Any]) -> None:
    attributes = _client(realm, "portal")["attributes"]
    assert attributes["backchannel.logout.url"].endswith(f"/{realm['realm']}/accesso/backchannel-logout")
    assert attributes["backchannel.logout.session.required"] == "true"


def test_registration_and_reset_are_not_keycloaks_own(realm: dict[str, Any]) -> None:
    assert realm["registrationAllowed"] is False
    assert realm["resetPasswordAllowed"] is False
    assert realm["editUsernameAllowed"] is False
    assert realm["loginWithEmailAllowed"] is False
    assert realm["duplicateEmailsAllowed"] is True


def test_the_password_policy_is_the_published_one(realm: dict[str, Any]) -> None:
    policy = realm["passwordPolicy"]
    for rule in (
        "length(8)",
        "maxLength(16)",
        "upperCase(1)",
        "lowerCase(1)",
        "digits(1)",
        "notUsername",
        "passwordHistory(3)",
    ):
        assert rule in policy
    assert "passwordBlacklist(area-clienti.txt)" in policy
    assert "hashAlgorithm(argon2)" in policy


def test_five_failures_lock_for_a_time_and_never_for_good(realm: dict[str, Any]) -> None:
    assert realm["bruteForceProtected"] is True
    assert realm["failureFactor"] == 5
    assert realm["quickLoginCheckMilliSeconds"] == 0
    assert realm["permanentLockout"] is False
    assert realm["maxSecondaryAuthFailures"] == 0


def test_the_sms_step_is_required_at_levels_two_and_three(realm: dict[str, Any]) -> None:
    assert realm["browserFlow"] == "customers browser"
    for alias, config, level, max_age in (
        ("customers level 2", "access code", "2", 900),
        ("customers level 3", "operation code", "3", 0),
    ):
        condition, step = _flow(realm, alias)["authenticationExecutions"]
        assert condition["authenticator"] == "conditional-level-of-authentication"
        assert (step["authenticator"], step["requirement"]) == ("area-clienti-sms-code", "REQUIRED")
        configs = {entry["alias"]: entry["config"] for entry in realm["authenticatorConfig"]}
        assert configs[condition["authenticatorConfig"]] == {"loa-condition-level": level, "loa-max-age": str(max_age)}
        assert configs[config]["max_attempts"] == "3"
        assert configs[config]["validity_s"] == {"2": "120", "3": "300"}[level]


def test_a_year_without_access_is_announced_a_month_before_and_counts_for_online_accounts_alone(
    realm: dict[str, Any],
) -> None:
    (workflow,) = realm["components"]["org.keycloak.models.workflow.WorkflowProvider"]
    # A registration starts the year, each sign-in starts it anew; a customer whom a delivery brings starts nothing.
    assert workflow["config"]["on"] == ["user-role-granted(registered) or user-authenticated"]
    assert workflow["config"]["conditions"] == ["has-role(registered)"]
    assert workflow["config"]["restart-in-progress"] == ["true"]
    steps = workflow["subComponents"]["org.keycloak.models.workflow.WorkflowStepProvider"]
    assert [(step["providerId"], step["config"]["after"], step["config"]["priority"]) for step in steps] == [
        ("area-clienti-inactivity-notice", ["335d"], ["1"]),
        ("area-clienti-inactive", ["30d"], ["2"]),
    ]


def test_level_one_lasts_as_long_as_the_longest_remembered_session(realm: dict[str, Any]) -> None:
    configs = {entry["alias"]: entry["config"] for entry in realm["authenticatorConfig"]}
    assert int(configs["level 1"]["loa-max-age"]) >= realm["ssoSessionMaxLifespanRememberMe"]


def test_staff_sign_in_with_password_and_totp_in_a_flow_of_their_own(realm: dict[str, Any]) -> None:
    staff = f"{realm['realm']}-staff-browser"
    for client_id in ("security-admin-console", "account", "account-console", "operators"):
        assert _client(realm, client_id)["authenticationFlowBindingOverrides"] == {"browser": staff}
    steps = [
        step.get("authenticator") or step["flowAlias"]
        for step in _flow(realm, "staff level")["authenticationExecutions"]
    ]
    level, *factors = steps
    assert level == "conditional-level-of-authentication"
    assert factors == ["auth-username-password-form", "staff only", "auth-otp-form"]
    assert _flow(realm, "staff level")["authenticationExecutions"][3]["requirement"] == "REQUIRED"


def test_a_customers_session_never_reaches_the_staff_level(realm: dict[str, Any]) -> None:
    assert json.loads(realm["attributes"]["acr.loa.map"])["staff"] == 9
    for client_id in ("security-admin-console", "account", "account-console", "operators"):
        assert _client(realm, client_id)["attributes"]["minimum.acr.value"] == "staff"
    levels = {entry["config"].get("loa-condition-level") for entry in realm["authenticatorConfig"]}
    assert levels == {None, "1", "2", "3", "9"}


def test_a_password_or_factor_is_changed_only_right_after_signing_in(realm: dict[str, Any]) -> None:
    actions = {action["alias"]: action["config"] for action in realm["requiredActions"]}
    assert actions["UPDATE_PASSWORD"] == actions["CONFIGURE_TOTP"] == {"max_auth_age": "0"}


def test_service_accounts_hold_their_job_and_nothing_else(realm: dict[str, Any]) -> None:
    rights = {user["username"]: user.get("clientRoles") for user in realm["users"] if "serviceAccountClientId" in user}
    assert rights == {
        "service-account-portal": {"area-clienti": ["customers-read", "credential-setup", "account-cancellation"]},
        "service-account-provisioning": {"area-clienti": ["customers-read", "customers-write", "installation-read"]},
    }
    assert realm["defaultRole"].get("composites") is None


def _profile(realm: dict[str, Any]) -> dict[str, Any]:
    component = realm["components"]["org.keycloak.userprofile.UserProfileProvider"][0]
    return dict(json.loads(component["config"]["kc.user.profile.config"][0]))


def test_nobody_in_the_console_edits_what_identifies_a_customer(realm: dict[str, Any]) -> None:
    profile = _profile(realm)
    assert "unmanagedAttributePolicy" not in profile
    edited = {one["name"] for one in profile["attributes"] if one["permissions"]["edit"]}
    assert edited == {"username", "email", "firstName", "lastName", "account_state", "withdrawn_mobiles"}
    for attribute in profile["attributes"]:
        assert set(attribute["permissions"]["edit"]) <= {"admin"}, attribute["name"]
        assert attribute["permissions"]["view"] == ["admin"], attribute["name"]
        assert "required" not in attribute, attribute["name"]
        if attribute["name"] in ("email", "firstName", "lastName"):
            assert "area-clienti-agency-owned" in attribute["validations"]
    state = next(one for one in profile["attributes"] if one["name"] == "account_state")
    assert "area-clienti-account-state" in state["validations"]


def test_every_label_of_the_profile_is_written_in_both_languages(realm: dict[str, Any]) -> None:
    profile, labels = _profile(realm), realm["localizationTexts"]
    used = {one["displayName"] for one in profile["attributes"]}
    used |= {text for group in profile["groups"] for text in (group["displayHeader"], group["displayDescription"])}
    for attribute in profile["attributes"]:
        options = attribute.get("annotations", {}).get("inputOptionLabels", {})
        assert set(options) == set(attribute["validations"].get("options", {}).get("options", []) if options else [])
        used |= set(options.values())
        assert attribute.get("group") in {None, *(group["name"] for group in profile["groups"])}
    keys = {text.strip("${}") for text in used if text.startswith("${profile.")}
    for language in ("it", "en"):
        assert {key for key in labels[language] if key.startswith("profile.")} == keys


def test_administrators_manage_people_and_nothing_of_the_realm(realm: dict[str, Any]) -> None:
    roles = {role["name"]: role.get("composites", {}) for role in realm["roles"]["realm"]}
    reading = {"query-users", "view-users", "view-events", "view-realm"}
    administrator, helpdesk = roles["area-clienti-administrator"], roles["area-clienti-helpdesk"]
    assert set(administrator["client"]["realm-management"]) == reading | {"manage-users"}
    assert administrator["client"]["area-clienti"] == ["customers-block", "customers-cancel"]
    assert set(helpdesk["client"]["realm-management"]) == reading
    assert "area-clienti" not in helpdesk["client"]
    # The door asks for this role: who holds neither is no staff.
    assert administrator["realm"] == helpdesk["realm"] == ["staff"]
    first = next(user for user in realm["users"] if user["username"] == f"admin-{realm['realm']}")
    assert first["realmRoles"] == ["area-clienti-administrator"]
    assert "clientRoles" not in first
    assert first["requiredActions"] == ["UPDATE_PASSWORD", "CONFIGURE_TOTP"]
    assert [credential["temporary"] for credential in first["credentials"]] == [True]


def test_italian_comes_first(realm: dict[str, Any]) -> None:
    assert realm["internationalizationEnabled"] is True
    assert realm["defaultLocale"] == "it"
    assert realm["supportedLocales"] == ["it", "en"]


def test_events_are_kept_without_representations(realm: dict[str, Any]) -> None:
    assert realm["eventsEnabled"] is True
    assert realm["adminEventsEnabled"] is True
    # The details of an admin event hold the whole representation: personal data.
    assert realm["adminEventsDetailsEnabled"] is False


def test_other_apps_are_public_clients_that_sign_in_with_pkce_and_nothing_else(realm: dict[str, Any]) -> None:
    brand = next((one for one in load_brands().values() if one.id == realm["realm"]), THIRD_BRAND.brand)
    assert brand.apps or brand.id != "generali"
    for app in brand.apps:
        client = _client(realm, app.id)
        assert client["publicClient"] is True
        assert "secret" not in client
        assert client["redirectUris"] == sorted(app.redirect_uris)
        assert not any("*" in address for address in client["redirectUris"])
        assert client["attributes"]["pkce.code.challenge.method"] == "S256"
        # Operations are confirmed in the portal: no level above the second is to be had here.
        assert json.loads(client["attributes"]["acr.loa.map"]) == {"1": 1, "2": 2}
        assert not any(client[grant] for grant in ("serviceAccountsEnabled", "fullScopeAllowed"))
        assert "authenticationFlowBindingOverrides" not in client, "the customers' own flow"
