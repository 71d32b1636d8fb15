"""A realm representation taken apart: kind and name of each part, and its fields in a form that can be compared.

The realm file and Keycloak's export have the same shape, so both pass here. Order counts where Keycloak heeds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Realm = Mapping[str, Any]
Fields = dict[str, Any]
PartKey = tuple[str, str]
Parts = dict[PartKey, Fields]

REALM, ROLE, CLIENT_ROLE, CLIENT = "realm", "role", "client role", "client"
SCOPE, FLOW, ACTION = "client scope", "flow", "required action"
PROFILE, TEXTS, WORKFLOW = "user profile", "texts", "workflow"

USER_PROFILE_PROVIDER = "org.keycloak.userprofile.UserProfileProvider"
WORKFLOW_PROVIDER = "org.keycloak.models.workflow.WorkflowProvider"
WORKFLOW_STEP_PROVIDER = "org.keycloak.models.workflow.WorkflowStepProvider"

# Put into the default role by every import, whatever the file says of it.
KEYCLOAKS_OWN = frozenset({"offline_access", "uma_authorization"})

# Parts of their own, what is no configuration, and what Keycloak makes up itself.
_NOT_SETTINGS = frozenset(
    {
        *("id", "realm", "defaultRole", "roles", "clients", "clientScopes", "clientScopeMappings", "scopeMappings"),
        *("users", "groups", "components", "authenticationFlows", "authenticatorConfig", "requiredActions"),
        *("localizationTexts", "defaultDefaultClientScopes", "defaultOptionalClientScopes"),
    }
)
_NOT_OF_A_CLIENT = frozenset({"id", "clientId", "secret", "protocolMappers", "authenticationFlowBindingOverrides"})


def parts_of(realm: Realm) -> Parts:
    """Take a realm apart."""
    parts: Parts = {(REALM, realm["realm"]): settings_of(realm)}
    for (kind, name), fields in (*_roles(realm), *_clients(realm), *_scopes(realm), *_rest(realm)):
        parts[kind, name] = fields
    for flow in realm.get("authenticationFlows", ()):
        if flow["topLevel"] and not flow.get("builtIn", False):
            parts[FLOW, flow["alias"]] = _flow(steps_of(realm, flow["alias"]))
    return parts


def settings_of(realm: Realm) -> Fields:
    """The realm's own settings; those within a map are named `map.key`."""
    return _flat({name: value for name, value in realm.items() if name not in _NOT_SETTINGS})


def steps_of(realm: Realm, alias: str) -> list[Fields]:
    """The executions of a flow, in order, each with its settings or, for a flow within it, with its own steps."""
    flow = next(one for one in realm["authenticationFlows"] if one["alias"] == alias)
    settings = {one["alias"]: one["config"] for one in realm.get("authenticatorConfig", ())}
    steps = []
    for step in sorted(flow["authenticationExecutions"], key=lambda one: int(one["priority"])):
        found: Fields = {"requirement": step["requirement"]}
        if step.get("authenticatorFlow"):
            found |= {"flow": step["flowAlias"], "steps": steps_of(realm, step["flowAlias"])}
        else:
            named = step.get("authenticatorConfig")
            found |= {"authenticator": step["authenticator"], "alias": named or ""}
            found["settings"] = dict(settings.get(named, {}))
        steps.append(found)
    return steps


def _flow(steps: Sequence[Fields]) -> Fields:
    """The path of every step, in order, and what is said of each."""
    fields: Fields = {}
    paths = list(_paths(steps, ""))
    for path, step in paths:
        fields[f"{path}: requirement"] = step["requirement"]
        if "settings" in step:
            fields[f"{path}: settings"] = step["settings"]
            fields[f"{path}: settings' name"] = step["alias"]
    return {"steps": [path for path, _ in paths]} | fields


def _paths(steps: Sequence[Fields], above: str) -> Iterator[tuple[str, Fields]]:
    for number, step in enumerate(steps, start=1):
        path = f"{above}{number} {step.get('flow') or step['authenticator']}"
        yield path, step
        yield from _paths(step.get("steps", ()), f"{path} / ")


def _roles(realm: Realm) -> Iterator[tuple[PartKey, Fields]]:
    roles = realm.get("roles", {})
    default = realm.get("defaultRole", {}).get("name")
    for role in roles.get("realm", ()):
        yield (ROLE, role["name"]), _role(role)
    if default and default not in {role["name"] for role in roles.get("realm", ())}:
        yield (ROLE, default), _role(realm["defaultRole"])
    for client, theirs in roles.get("client", {}).items():
        for role in theirs:
            yield (CLIENT_ROLE, f"{client}/{role['name']}"), _role(role)


def _role(role: Mapping[str, Any]) -> Fields:
    composites = role.get("composites", {})
    of_clients = (f"{client}/{name}" for client, names in composites.get("client", {}).items() for name in names)
    made_of = {*composites.get("realm", ()), *of_clients} - KEYCLOAKS_OWN
    return {"description": role.get("description", ""), "composites": sorted(made_of)}


def _clients(realm: Realm) -> Iterator[tuple[PartKey, Fields]]:
    aliases = {flow["id"]: flow["alias"] for flow in realm.get("authenticationFlows", ()) if "id" in flow}
    for client in realm.get("clients", ()):
        fields = _flat({name: value for name, value in client.items() if name not in _NOT_OF_A_CLIENT})
        for what, flow in client.get("authenticationFlowBindingOverrides", {}).items():
            fields[f"authenticationFlowBindingOverrides.{what}"] = aliases.get(flow, flow)
        if "protocolMappers" in client:
            fields["protocolMappers"] = _mappers(client["protocolMappers"])
        fields["scopeMappings"] = sorted(scope_roles(realm, client["clientId"]))
        yield (CLIENT, client["clientId"]), fields


def scope_roles(realm: Realm, client_id: str) -> Iterator[str]:
    """The roles that a client's tokens may carry: a realm role by its name, a client's as `client/role`."""
    for mapping in realm.get("scopeMappings", ()):
        if mapping.get("client") == client_id:
            yield from mapping["roles"]
    for owner, mappings in realm.get("clientScopeMappings", {}).items():
        for mapping in mappings:
            if mapping.get("client") == client_id:
                yield from (f"{owner}/{role}" for role in mapping["roles"])


def _scopes(realm: Realm) -> Iterator[tuple[PartKey, Fields]]:
    for scope in realm.get("clientScopes", ()):
        fields = _flat({name: scope[name] for name in ("description", "protocol", "attributes") if name in scope})
        yield (SCOPE, scope["name"]), fields | {"protocolMappers": _mappers(scope.get("protocolMappers", ()))}


def _mappers(mappers: Iterable[Mapping[str, Any]]) -> Fields:
    return {one["name"]: {"protocolMapper": one["protocolMapper"], "config": one["config"]} for one in mappers}


def _rest(realm: Realm) -> Iterator[tuple[PartKey, Fields]]:
    for action in realm.get("requiredActions", ()):
        said = ("name", "enabled", "defaultAction", "priority", "config")
        yield (ACTION, action["alias"]), _flat({name: action[name] for name in said if name in action})
    for locale, texts in realm.get("localizationTexts", {}).items():
        yield (TEXTS, locale), dict(texts)
    components = realm.get("components", {})
    for component in components.get(USER_PROFILE_PROVIDER, ()):
        if text := component["config"].get("kc.user.profile.config"):
            yield (PROFILE, "users"), profile_of(json.loads(text[0]))
    for component in components.get(WORKFLOW_PROVIDER, ()):
        workflow = workflow_of(component)
        yield (WORKFLOW, workflow["name"]), _flat({key: value for key, value in workflow.items() if key != "name"})
    for workflow in realm.get("workflows", ()):
        fields = _flat({name: workflow[name] for name in ("on", "if", "concurrency") if name in workflow})
        steps = [{name: one.get(name) for name in ("uses", "after")} for one in workflow.get("steps", ())]
        yield (WORKFLOW, workflow["name"]), fields | {"steps": steps}


def profile_of(profile: Mapping[str, Any]) -> Fields:
    """The user profile by attribute and group, with the attributes' order."""
    fields: Fields = {f"attribute {one['name']}": _without_empty(one) for one in profile["attributes"]}
    fields |= {f"group {one['name']}": _without_empty(one) for one in profile.get("groups", ())}
    return fields | {"order": [one["name"] for one in profile["attributes"]]}


def workflow_of(component: Mapping[str, Any]) -> dict[str, Any]:
    """A workflow as Keycloak's own resource shows and takes it; the file holds it as a component."""
    steps = component.get("subComponents", {}).get(WORKFLOW_STEP_PROVIDER, ())
    in_order = sorted(steps, key=lambda one: int(one["config"]["priority"][0]))
    config = component["config"]
    return {
        "name": config["name"][0],
        "on": config["on"][0],
        "if": config["conditions"][0],
        "concurrency": {"restart-in-progress": config["restart-in-progress"][0]},
        "steps": [{"uses": one["providerId"], "after": one["config"]["after"][0]} for one in in_order],
    }


def _flat(fields: Mapping[str, Any]) -> Fields:
    flat: Fields = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{key}": one for key, one in value.items()}
        else:
            # Keycloak keeps lists of plain values as sets.
            flat[name] = sorted(value) if isinstance(value, list) and all(isinstance(i, str) for i in value) else value
    return flat


def _without_empty(entry: Mapping[str, Any]) -> Fields:
    """Keycloak writes some empty maps out and leaves others away."""
    return {name: value for name, value in entry.items() if value not in ({}, [], None)}
