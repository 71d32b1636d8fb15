"""Writing the parts of a realm that differ. What refers to other parts comes after them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from area_clienti.live_realm import parts
from area_clienti.live_realm.clients import ClientWriter
from area_clienti.live_realm.compare import Difference
from area_clienti.live_realm.flows import replace_flow
from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import Realm
from area_clienti.live_realm.roles import RoleWriter


def apply(live: LiveRealm, wanted: Realm, found: Iterable[Difference], secrets: Mapping[str, str]) -> None:
    """Write what differs; `secrets` are those of clients that may have to be made, by client id."""
    by_kind: dict[str, dict[str, set[str]]] = {}
    for one in found:
        by_kind.setdefault(one.kind, {}).setdefault(one.name, set()).add(one.field)
    for alias in by_kind.get(parts.FLOW, {}):
        replace_flow(live, wanted, alias)
    clients, roles = ClientWriter(live, wanted, secrets), RoleWriter(live, wanted)
    for scope in by_kind.get(parts.SCOPE, {}):
        clients.write_scope(scope)
    for client in by_kind.get(parts.CLIENT, {}):
        clients.write(client)
    for name in by_kind.get(parts.ROLE, {}):
        roles.write(name)
    for name in by_kind.get(parts.CLIENT_ROLE, {}):
        roles.write_of_client(name)
    # Roles and clients refer to each other: first all of them are there.
    for name in (*by_kind.get(parts.ROLE, {}), *by_kind.get(parts.CLIENT_ROLE, {})):
        roles.write_composites(name)
    for client in by_kind.get(parts.CLIENT, {}):
        roles.write_scope_mappings(client)
    _write_rest(live, wanted, by_kind)


def _write_rest(live: LiveRealm, wanted: Realm, by_kind: Mapping[str, Mapping[str, set[str]]]) -> None:
    if settings := by_kind.get(parts.REALM):
        _write_settings(live, wanted, {field for fields in settings.values() for field in fields})
    for alias in by_kind.get(parts.ACTION, {}):
        _write_action(live, next(one for one in wanted["requiredActions"] if one["alias"] == alias))
    for locale in by_kind.get(parts.TEXTS, {}):
        live.post(f"localization/{locale}", wanted["localizationTexts"][locale])
    if parts.PROFILE in by_kind:
        (component,) = wanted["components"][parts.USER_PROFILE_PROVIDER]
        live.put("users/profile", json.loads(component["config"]["kc.user.profile.config"][0]))
    for component in wanted.get("components", {}).get(parts.WORKFLOW_PROVIDER, ()):
        workflow = parts.workflow_of(component)
        if workflow["name"] in by_kind.get(parts.WORKFLOW, {}):
            _write_workflow(live, workflow)


def _write_settings(live: LiveRealm, wanted: Realm, fields: set[str]) -> None:
    """Only what differs: a field that is not given stays; a map is replaced, so it is given whole."""
    changed: dict[str, Any] = {}
    now = live.get("")
    for name in {field.partition(".")[0] for field in fields}:
        value = wanted[name]
        changed[name] = now.get(name, {}) | value if isinstance(value, dict) else value
    live.put("", changed)


def _write_action(live: LiveRealm, action: Mapping[str, Any]) -> None:
    there = {one["alias"]: one for one in live.get("authentication/required-actions")}
    if action["alias"] not in there:
        made = {"providerId": action["providerId"], "name": action["name"]}
        live.post("authentication/register-required-action", made)
    live.put(f"authentication/required-actions/{action['alias']}", there.get(action["alias"], {}) | action)


def _write_workflow(live: LiveRealm, workflow: Mapping[str, Any]) -> None:
    there = next((one for one in live.get("workflows") if one["name"] == workflow["name"]), None)
    if there is None:
        live.post("workflows", workflow)
    else:
        live.put(f"workflows/{there['id']}", {"id": there["id"], **workflow})
