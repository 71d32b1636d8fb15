"""Keycloak's customers resource, as the client `provisioning` of each realm: bulk writing, and reading by contact."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keycloak.exceptions import KeycloakConnectionError, KeycloakError
from requests import Response

from domain.accounts import Account
from keycloak import KeycloakOpenIDConnection
from provisioning.errors import RefusedError, UnreachableError

CLIENT_ID = "provisioning"
MAX_RECORDS = 500
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What became of one record; `code` is Keycloak's reason when it was refused.

    `waiting_mobile` is the record's access mobile where it may not apply yet, and `contacts_told` whether the customer
    was told so.
    """

    customer_code: str
    outcome: str
    code: str | None
    waiting_mobile: str | None = None
    contacts_told: bool = False


class CustomerDirectory(Protocol):
    """Where records are pushed."""

    def upsert(self, brand: str, records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:
        """Push up to 500 records of a brand; the results are in their order.

        Raises `UnreachableError` or `RefusedError`.
        """
        ...


class KeycloakCustomers:
    """Pushes to a real Keycloak; `secrets` holds the client secret by brand. Threads may share it."""

    def __init__(self, base_url: str, secrets: Mapping[str, str]) -> None:
        self._base_url = base_url
        self._secrets = secrets
        # A connection renews its token and keeps its socket: each thread has its own.
        self._own = threading.local()

    def upsert(self, brand: str, records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:
        """See `CustomerDirectory`."""
        body = json.dumps({"records": list(records)})
        path = _customers(brand, "/bulk")
        return _results(self._asked(brand, lambda keycloak: keycloak.raw_post(path, data=body)), records)

    def by_contact(self, brand: str, contact: str) -> list[Account]:
        """The customers whose contacts hold this canonical value, and the one whose username it is.

        Raises `UnreachableError` or `RefusedError`.
        """
        answer = self._asked(brand, lambda keycloak: keycloak.raw_get(_customers(brand), contact=contact))
        try:
            return [Account.read(one) for one in answer["customers"]]
        except (KeyError, TypeError) as error:
            raise _not_understood() from error

    def _asked(self, brand: str, ask: Callable[[KeycloakOpenIDConnection], Response]) -> Any:
        try:
            answer = ask(self._connection(brand))
        except KeycloakConnectionError as error:
            raise _unreachable(self._base_url) from error
        except KeycloakError as error:
            raise self._translated(error.response_code or 0, brand) from error
        if answer.status_code != 200:
            raise self._translated(answer.status_code, brand)
        return answer.json()

    def _connection(self, brand: str) -> KeycloakOpenIDConnection:
        connections: dict[str, KeycloakOpenIDConnection] = self._own.__dict__.setdefault("connections", {})
        if brand not in connections:
            connections[brand] = KeycloakOpenIDConnection(
                server_url=self._base_url,
                realm_name=brand,
                client_id=CLIENT_ID,
                client_secret_key=self._secrets[brand],
                grant_type="client_credentials",
                timeout=_TIMEOUT_S,
            )
        return connections[brand]

    def _translated(self, status: int, brand: str) -> UnreachableError | RefusedError:
        if status >= 500 or status in (0, 408, 429):
            return _unreachable(self._base_url)
        if status in (401, 403):
            return RefusedError(
                "keycloak_forbidden", f"Keycloak refused the client {CLIENT_ID} of the realm {brand}: check its secret."
            )
        return RefusedError("keycloak_refused", f"Keycloak's customers resource of {brand} answered {status}.")


def _customers(brand: str, rest: str = "") -> str:
    return f"admin/realms/{brand}/area-clienti/customers{rest}"


def _not_understood() -> RefusedError:
    return RefusedError("keycloak_answer_wrong", "Keycloak's answer does not fit what it was asked.")


def _unreachable(url: str) -> UnreachableError:
    return UnreachableError(
        "keycloak_unreachable",
        f"Keycloak does not answer at {url}; nothing is lost, run the same command again to finish it.",
    )


def _results(answer: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:
    answers = answer["results"]
    if [one["customer_code"] for one in answers] != [record["customer_code"] for record in records]:
        raise _not_understood()
    return [
        RecordResult(
            one["customer_code"],
            one["outcome"],
            one.get("code"),
            record["access_mobile"] if one.get("mobile_waits") else None,
            bool(one.get("contacts_told")),
        )
        for one, record in zip(answers, records, strict=True)
    ]
