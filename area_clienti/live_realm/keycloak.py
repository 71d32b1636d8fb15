"""One realm's Admin API: reading the realm as a whole, and the requests that change it."""

from __future__ import annotations

import json
from typing import Any

from keycloak.exceptions import KeycloakConnectionError, KeycloakError

from area_clienti.errors import AreaClientiError, StackError
from area_clienti.live_realm.parts import WORKFLOW_PROVIDER
from keycloak import KeycloakOpenIDConnection

_TIMEOUT_S = 60


class LiveRealm:
    """A realm, as a client of the master realm that may manage it; nothing it asks for concerns users or sessions."""

    def __init__(self, keycloak: str, realm: str, client_id: str, client_secret: str) -> None:
        self.name = realm
        self._connection = KeycloakOpenIDConnection(
            server_url=keycloak,
            realm_name=realm,
            user_realm_name="master",
            client_id=client_id,
            client_secret_key=client_secret,
            grant_type="client_credentials",
            timeout=_TIMEOUT_S,
        )
        # Workflows come as YAML otherwise.
        self._connection.add_param_headers("Accept", "application/json")

    def read(self) -> dict[str, Any]:
        """The realm in the shape of the realm file, without users; secrets are masked by Keycloak."""
        export = self.post("partial-export?exportClients=true&exportGroupsAndRoles=true", None)
        locales = export.get("supportedLocales", ())
        texts = {locale: self.get(f"localization/{locale}") for locale in locales}
        # The export strips the configuration of components it does not know.
        components = {kind: those for kind, those in export["components"].items() if kind != WORKFLOW_PROVIDER}
        own = {"components": components, "localizationTexts": texts, "workflows": self.get("workflows")}
        return dict(export) | own

    def get(self, path: str) -> Any:
        """The answer to a GET, parsed."""
        return self._ask("get", path).json()

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST, parsed; for what was created, its id."""
        answer = self._ask("post", path, body)
        if "Location" in answer.headers:
            return answer.headers["Location"].rsplit("/", 1)[1]
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any) -> None:
        """Replace."""
        self._ask("put", path, body)

    def delete(self, path: str, body: Any = None) -> None:
        """Delete."""
        self._ask("delete", path, body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        address = f"admin/realms/{self.name}/{path}".rstrip("/")
        arguments = {} if method == "get" else {"data": "" if body is None else json.dumps(body)}
        try:
            answer = getattr(self._connection, f"raw_{method}")(address, **arguments)
        except KeycloakConnectionError as error:
            raise StackError("Keycloak does not answer.") from error
        except KeycloakError as error:
            raise AreaClientiError(f"Keycloak refused the client: {error.response_code}.") from error
        if answer.status_code >= 400:
            raise AreaClientiError(f"Keycloak answered {answer.status_code} to {method.upper()} {address}.")
        return answer
