"""What `area-clienti realm diff` and `realm apply` do, for every realm of the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from area_clienti.errors import AreaClientiError
from area_clienti.live_realm.apply import apply
from area_clienti.live_realm.compare import Difference, differences
from area_clienti.live_realm.keycloak import LiveRealm
from area_clienti.live_realm.parts import Realm, parts_of
from area_clienti.live_realm.placeholders import fill

CLIENT_ID, CLIENT_SECRET = "REALM_ADMIN_CLIENT_ID", "REALM_ADMIN_CLIENT_SECRET"


@dataclass(frozen=True, slots=True)
class RealmFile:
    """The realms of the file, filled from the environment."""

    path: Path
    environment: Mapping[str, str] = field(repr=False)

    def realms(self, only: str | None) -> Iterator[tuple[Realm, Mapping[str, str]]]:
        """Yield each realm, or the one asked for, with the secrets of its clients as far as they are set."""
        found = json.loads(self.path.read_text(encoding="utf-8"))
        names = [realm["realm"] for realm in found]
        if only is not None and only not in names:
            raise AreaClientiError(f"There is no realm {only} in {self.path.name}: there are {', '.join(names)}.")
        for realm in found:
            if only in (None, realm["realm"]):
                named = {client["clientId"]: client.get("secret", "").strip("${}") for client in realm["clients"]}
                secrets = {client: self.environment[name] for client, name in named.items() if name in self.environment}
                yield fill(realm, self.environment), secrets


def live_realm(name: str, environment: Mapping[str, str] = os.environ) -> LiveRealm:
    """The realm that runs at `KEYCLOAK_URL`; raises `AreaClientiError` naming a variable that is not set."""
    missing = [one for one in ("KEYCLOAK_URL", CLIENT_ID, CLIENT_SECRET) if not environment.get(one)]
    if missing:
        raise AreaClientiError(f'{missing[0]} is not set (docs/operations.md, "Changing a realm").')
    return LiveRealm(environment["KEYCLOAK_URL"], name, environment[CLIENT_ID], environment[CLIENT_SECRET])


def what_differs(live: LiveRealm, wanted: Realm) -> list[Difference]:
    """What the live realm would have to change."""
    return differences(parts_of(live.read()), parts_of(wanted))


def bring_there(
    live: LiveRealm, wanted: Realm, secrets: Mapping[str, str]
) -> tuple[list[Difference], list[Difference]]:
    """Write what differs; return that, and what differs afterwards nevertheless."""
    found = what_differs(live, wanted)
    if not found:
        return [], []
    apply(live, wanted, found, secrets)
    return found, what_differs(live, wanted)
