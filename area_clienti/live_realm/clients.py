"""Writing clients and client scopes; a client's secret is given only when the client is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from area_clienti.errors import AreaClientiError
from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import Realm

_LISTS = {"defaultClientScopes": "default-client-scopes", "optionalClientScopes": "optional-client-scopes"}
_OVERRIDES = "authenticationFlowBindingOverrides"


def without_what_is_written_apart(client: Mapping[str, Any]) -> dict[str, Any]:
    """A client as it is written whole: never its secret, nor mappers, of which those that are to go would stay."""
    return {name: value for name, value in client.items() if name not in ("secret", "protocolMappers")}


class ClientWriter:
    """Writes the clients and client scopes of the file into a realm."""

    def __init__(self, live: LiveRealm, wanted: Realm, secrets: Mapping[str, str]) -> None:
        self._live = live
        self._wanted = wanted
        self._secrets = secrets

    def write(self, client_id: str) -> None:
        """Make the client, or bring its settings, mappers and scopes to what the file says."""
        wanted = dict(next(one for one in self._wanted["clients"] if one["clientId"] == client_id))
        if _OVERRIDES in wanted:
            wanted[_OVERRIDES] = self._overrides(wanted[_OVERRIDES])
        there = self._live.get(f"clients?clientId={client_id}")
        if not there:
            self._live.post("clients", wanted | self._secret(wanted))
            return
        now = there[0]
        address = f"clients/{now['id']}"
        merged = without_what_is_written_apart(now | wanted)
        for name in ("attributes", _OVERRIDES):
            merged[name] = now.get(name, {}) | wanted.get(name, {})
        self._live.put(address, merged | {"id": now["id"]})
        if "protocolMappers" in wanted:
            self._write_mappers(address, now.get("protocolMappers", ()), wanted["protocolMappers"])
        for name, path in _LISTS.items():
            if name in wanted:
                self._write_list(f"{address}/{path}", wanted[name])

    def write_scope(self, name: str) -> None:
        """Make the client scope, or bring it to what the file says."""
        wanted = next(one for one in self._wanted["clientScopes"] if one["name"] == name)
        now = next((one for one in self._live.get("client-scopes") if one["name"] == name), None)
        if now is None:
            self._live.post("client-scopes", wanted)
            return
        attributes = now.get("attributes", {}) | wanted.get("attributes", {})
        self._live.put(f"client-scopes/{now['id']}", now | wanted | {"id": now["id"], "attributes": attributes})
        mappers = wanted.get("protocolMappers", ())
        self._write_mappers(f"client-scopes/{now['id']}", now.get("protocolMappers", ()), mappers)

    def _secret(self, client: Mapping[str, Any]) -> dict[str, str]:
        if client.get("publicClient") or client.get("bearerOnly"):
            return {}
        secret = self._secrets.get(client["clientId"])
        if secret is None:
            raise AreaClientiError(f"The client {client['clientId']} has to be made, and its secret is not set.")
        return {"secret": secret}

    def _overrides(self, of_the_file: Mapping[str, str]) -> dict[str, str]:
        """The file names flows by the ids it gives them; in the realm they may have others by now."""
        aliases = {flow["id"]: flow["alias"] for flow in self._wanted["authenticationFlows"] if "id" in flow}
        ids = {flow["alias"]: flow["id"] for flow in self._live.get("authentication/flows")}
        return {what: ids[aliases.get(flow, flow)] for what, flow in of_the_file.items()}

    def _write_mappers(
        self, address: str, now: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]
    ) -> None:
        there = {one["name"]: one["id"] for one in now}
        path = f"{address}/protocol-mappers/models"
        for mapper in wanted:
            known = there.pop(mapper["name"], None)
            if known is None:
                self._live.post(path, mapper)
            else:
                self._live.put(f"{path}/{known}", {**mapper, "id": known})
        for left in there.values():
            self._live.delete(f"{path}/{left}")

    def _write_list(self, path: str, wanted: Iterable[str]) -> None:
        ids = {one["name"]: one["id"] for one in self._live.get("client-scopes")}
        now = {one["name"]: one["id"] for one in self._live.get(path)}
        for name in now.keys() - set(wanted):
            self._live.delete(f"{path}/{now[name]}")
        for name in set(wanted) - now.keys():
            self._live.put(f"{path}/{ids[name]}", None)
