"""Putting an authentication flow in another's place without a moment in which neither is whole.

Steps are never changed in place: a sign-in that came in between could pass with fewer. The flow is built anew under
other names, what used the old one is pointed at it, and only then the old one goes and the names are put right.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from area_clienti.live_realm.clients import without_what_is_written_apart
from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import Fields, Realm, steps_of

_MARK = re.compile(r" new [0-9a-f]{8}")
_BINDINGS = (
    *("browserFlow", "registrationFlow", "directGrantFlow", "resetCredentialsFlow"),
    *("clientAuthenticationFlow", "dockerAuthenticationFlow", "firstBrokerLoginFlow"),
)


def replace_flow(live: LiveRealm, wanted: Realm, alias: str) -> None:
    """Make the live flow of this alias, or a new one, what the file says."""
    _Replacement(live, wanted).run(alias)


class _Replacement:
    def __init__(self, live: LiveRealm, wanted: Realm) -> None:
        self._live = live
        self._wanted = {flow["alias"]: flow for flow in wanted["authenticationFlows"]}
        self._file = wanted
        self._flows: list[tuple[str, str]] = []
        self._settings: list[tuple[str, str]] = []
        self._mark = f" new {secrets.token_hex(4)}"

    def run(self, alias: str) -> None:
        old = {flow["id"]: flow["alias"] for flow in self._live.get("authentication/flows") if _is(flow, alias)}
        new = self._build(alias, steps_of(self._file, alias), top_level=True)
        self._point(old, new, alias)
        for flow_id in old:
            self._live.delete(f"authentication/flows/{flow_id}")
        self._put_names_right()

    def _build(self, alias: str, steps: Sequence[Fields], *, top_level: bool) -> str:
        described = self._wanted[alias]
        flow = {
            "alias": alias + self._mark,
            "description": described.get("description", ""),
            "providerId": described["providerId"],
            "topLevel": top_level,
            "builtIn": False,
        }
        flow_id: str = self._live.post("authentication/flows", flow)
        self._flows.append((flow_id, alias))
        for priority, step in enumerate(steps, start=1):
            execution: dict[str, Any] = {
                "parentFlow": flow_id,
                "requirement": step["requirement"],
                "priority": 10 * priority,
                "authenticatorFlow": "flow" in step,
            }
            if "flow" in step:
                execution["flowId"] = self._build(step["flow"], step["steps"], top_level=False)
            else:
                execution["authenticator"] = step["authenticator"]
            made = self._live.post("authentication/executions", execution)
            if step.get("alias"):
                settings = {"alias": step["alias"] + self._mark, "config": step["settings"]}
                settings_id = self._live.post(f"authentication/executions/{made}/config", settings)
                self._settings.append((settings_id, step["alias"]))
        return flow_id

    def _point(self, old: Mapping[str, str], new: str, alias: str) -> None:
        realm = self._live.get("")
        bound = {name: alias + self._mark for name in _BINDINGS if realm.get(name) in old.values()}
        if bound:
            self._live.put("", bound)
        for client in self._live.get("clients"):
            overrides = client.get("authenticationFlowBindingOverrides", {})
            if old.keys() & set(overrides.values()):
                changed = {what: new if flow in old else flow for what, flow in overrides.items()}
                kept = without_what_is_written_apart(client)
                self._live.put(f"clients/{client['id']}", kept | {"authenticationFlowBindingOverrides": changed})

    def _put_names_right(self) -> None:
        for flow_id, alias in self._flows:
            flow = self._live.get(f"authentication/flows/{flow_id}")
            self._live.put(f"authentication/flows/{flow_id}", flow | {"alias": alias})
        for settings_id, alias in self._settings:
            settings = self._live.get(f"authentication/config/{settings_id}")
            self._live.put(f"authentication/config/{settings_id}", settings | {"alias": alias})


def _is(flow: Mapping[str, Any], alias: str) -> bool:
    """Whether a flow is the one of this alias, or what a run that was cut off left of it."""
    return flow["alias"] == alias or re.fullmatch(re.escape(alias) + _MARK.pattern, flow["alias"]) is not None
