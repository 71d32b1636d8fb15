"""Writing roles, what they are made of, and which of them a client's tokens may carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import CLIENT_ROLE, KEYCLOAKS_OWN, ROLE, Realm, parts_of, scope_roles


class RoleWriter:
    """Writes the roles of the file into a realm; a role is named `role`, a client's `client/role`."""

    def __init__(self, live: LiveRealm, wanted: Realm) -> None:
        self._live = live
        self._file = wanted
        self._wanted = {
            name: fields for (kind, name), fields in parts_of(wanted).items() if kind in (ROLE, CLIENT_ROLE)
        }
        self._ids: dict[str, str] = {}

    def write(self, name: str) -> None:
        """Make the realm's role, or describe it."""
        self._write("roles", name, self._wanted[name]["description"])

    def write_of_client(self, name: str) -> None:
        """Make a client's role, or describe it."""
        client, _, role = name.partition("/")
        self._write(f"clients/{self._id_of(client)}/roles", role, self._wanted[name]["description"])

    def write_composites(self, name: str) -> None:
        """Bring what a role is made of to what the file says."""
        path = f"roles-by-id/{self._role(name)['id']}/composites"
        now = {self._name_of(one): one for one in self._live.get(path)}
        ours = {role: one for role, one in now.items() if role not in KEYCLOAKS_OWN}
        self._exchange(path, ours, self._wanted[name]["composites"])

    def write_scope_mappings(self, client_id: str) -> None:
        """Bring the roles that a client's tokens may carry to what the file says."""
        wanted = set(scope_roles(self._file, client_id))
        base = f"clients/{self._id_of(client_id)}/scope-mappings"
        mappings = self._live.get(base)
        now = {one["name"]: one for one in mappings.get("realmMappings", ())}
        self._exchange(f"{base}/realm", now, [name for name in wanted if "/" not in name])
        held = mappings.get("clientMappings", {})
        owners = {name.partition("/")[0] for name in wanted if "/" in name} | set(held)
        for owner in owners:
            now = {f"{owner}/{one['name']}": one for one in held.get(owner, {}).get("mappings", ())}
            theirs = [name for name in wanted if name.startswith(f"{owner}/")]
            self._exchange(f"{base}/clients/{self._id_of(owner)}", now, theirs)

    def _write(self, path: str, name: str, description: str) -> None:
        there = {one["name"]: one for one in self._live.get(f"{path}?briefRepresentation=true")}
        if name in there:
            self._live.put(f"{path}/{name}", there[name] | {"description": description})
        else:
            self._live.post(path, {"name": name, "description": description})

    def _exchange(self, path: str, now: dict[str, Any], wanted: Iterable[str]) -> None:
        if too_many := [now[name] for name in now.keys() - set(wanted)]:
            self._live.delete(path, too_many)
        if missing := [self._role(name) for name in sorted(set(wanted) - now.keys())]:
            self._live.post(path, missing)

    def _role(self, name: str) -> dict[str, Any]:
        client, _, role = name.rpartition("/")
        found: dict[str, Any] = self._live.get(
            f"clients/{self._id_of(client)}/roles/{role}" if client else f"roles/{role}"
        )
        return found

    def _name_of(self, role: dict[str, Any]) -> str:
        if not role["clientRole"]:
            return str(role["name"])
        owner = self._live.get(f"clients/{role['containerId']}")
        return f"{owner['clientId']}/{role['name']}"

    def _id_of(self, client_id: str) -> str:
        if client_id not in self._ids:
            (client,) = self._live.get(f"clients?clientId={client_id}")
            self._ids[client_id] = client["id"]
        return self._ids[client_id]
