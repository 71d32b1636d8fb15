"""What a running realm differs in from the realm file, and what is said of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from area_clienti.errors import AreaClientiError
from area_clienti.layout import PROJECT
from area_clienti.live_realm.compare import differences
from area_clienti.live_realm.parts import parts_of
from area_clienti.live_realm.placeholders import fill

ENVIRONMENT = {"PORTAL_PUBLIC_URL": "https://clienti.example", "PORTAL_URL": "http://portal:8000"}


@pytest.fixture(scope="module")
def wanted() -> dict[str, Any]:
    realms = json.loads((PROJECT / "keycloak" / "realm-export.json").read_text(encoding="utf-8"))
    return dict(fill(realms[0], ENVIRONMENT))


@pytest.fixture
def live(wanted: dict[str, Any]) -> dict[str, Any]:
    """A realm that is as the file says."""
    return copy.deepcopy(wanted)


def _said(live: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [str(one) for one in differences(parts_of(live), parts_of(wanted))]


def test_a_realm_as_the_file_says_differs_in_nothing_whatever_else_it_holds(
    live: dict[str, Any], wanted: dict[str, Any]
) -> None:
    live["clients"].append({"clientId": "somebody-elses", "enabled": True})
    live["roles"]["realm"].append({"name": "somebody-elses"})
    live["attributes"]["somebody-elses"] = "1"
    live["supportedLocales"].reverse()
    assert _said(live, wanted) == []


def test_a_changed_policy_is_named_with_both_values(live: dict[str, Any], wanted: dict[str, Any]) -> None:
    live["passwordPolicy"] = "length(4)"
    live["attributes"]["parRequestUriLifespan"] = "600"
    policy, lifespan = _said(live, wanted)
    assert policy.startswith('realm alleanza: passwordPolicy is "length(4)", should be "hashAlgorithm(argon2)')
    assert lifespan == 'realm alleanza: attributes.parRequestUriLifespan is "600", should be "60"'


def test_a_step_of_a_flow_that_was_weakened_moved_or_taken_out_is_named(
    live: dict[str, Any], wanted: dict[str, Any]
) -> None:
    flows = {flow["alias"]: flow["authenticationExecutions"] for flow in live["authenticationFlows"]}
    flows["customers level 2"][1]["requirement"] = "ALTERNATIVE"
    step = "2 customers levels / 2 customers level 2 / 2 area-clienti-sms-code"
    assert _said(live, wanted) == [
        f'flow customers browser: {step}: requirement is "ALTERNATIVE", should be "REQUIRED"'
    ]
    flows["customers level 2"].pop()
    assert any("customers browser: steps is" in one for one in _said(live, wanted))


def test_settings_of_a_step_are_compared_whole(live: dict[str, Any], wanted: dict[str, Any]) -> None:
    (code,) = (one for one in live["authenticatorConfig"] if one["alias"] == "access code")
    code["config"]["max_attempts"] = "9"
    (said,) = _said(live, wanted)
    assert '"max_attempts": "9"' in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda live: live["clients"].pop(1), "client portal is missing"),
        (lambda live: live["clients"][1]["redirectUris"].append("https://x.example/*"), "client portal: redirectUris"),
        (lambda live: live["clients"][1]["protocolMappers"].pop(), "client portal: protocolMappers"),
        (lambda live: live["scopeMappings"][0]["roles"].append("staff"), "client operators: scopeMappings"),
        (
            lambda live: live["roles"]["realm"][4]["composites"]["realm"].append("operator"),
            "role area-clienti-helpdesk",
        ),
        (lambda live: live["defaultRole"].update(composites={"realm": ["staff"]}), "role default-roles-alleanza"),
        (lambda live: live["requiredActions"][1].update(enabled=False), "required action CONFIGURE_TOTP: enabled"),
        (lambda live: live["localizationTexts"]["it"].popitem(), "texts it: "),
    ],
)
def test_every_part_is_looked_at(live: dict[str, Any], wanted: dict[str, Any], change: Any, words: str) -> None:
    change(live)
    (said,) = _said(live, wanted)
    assert said.startswith(words)


def test_an_attribute_of_the_user_profile_that_staff_could_edit_is_named(
    live: dict[str, Any], wanted: dict[str, Any]
) -> None:
    (component,) = live["components"]["org.keycloak.userprofile.UserProfileProvider"]
    profile = json.loads(component["config"]["kc.user.profile.config"][0])
    (attribute,) = (one for one in profile["attributes"] if one["name"] == "access_mobile")
    attribute["permissions"]["edit"] = ["admin"]
    component["config"]["kc.user.profile.config"] = [json.dumps(profile)]
    (said,) = _said(live, wanted)
    assert said.startswith("user profile users: attribute access_mobile is")


def test_a_workflow_is_the_same_as_a_component_of_the_file_and_in_keycloaks_own_words(
    live: dict[str, Any], wanted: dict[str, Any]
) -> None:
    del live["components"]["org.keycloak.models.workflow.WorkflowProvider"]
    workflow: dict[str, Any] = {
        "name": "A year without access",
        "on": "user-role-granted(registered) or user-authenticated",
        "if": "has-role(registered)",
        "concurrency": {"restart-in-progress": "true"},
        "steps": [
            {"id": "1", "uses": "area-clienti-inactivity-notice", "after": "335d"},
            {"id": "2", "uses": "area-clienti-inactive", "after": "30d"},
        ],
    }
    live["workflows"] = [workflow]
    assert _said(live, wanted) == []
    workflow["steps"][1]["after"] = "3d"
    assert len(_said(live, wanted)) == 1


def test_secrets_are_no_part_of_it_and_no_variable_that_only_they_need_is_asked_for(wanted: dict[str, Any]) -> None:
    text = json.dumps(wanted)
    assert "SECRET" not in text
    assert "PASSWORD" not in text.replace("UPDATE_PASSWORD", "")
    assert "users" not in wanted
    assert "${client_account}" in text, "Keycloak's own placeholders stay"
    with pytest.raises(AreaClientiError, match="PORTAL_URL is not set"):
        fill("${PORTAL_URL}/x", {})
    assert fill("${KEYCLOAK_SMTP_PORT:587}", {}) == "587"
