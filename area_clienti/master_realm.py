"""Who is left in Keycloak's master realm, where whoever signs in administers every brand: after set-up, nobody."""

from __future__ import annotations

import requests

from area_clienti.errors import AreaClientiError

_TIMEOUT_S = 5
_KINDS = {
    "temporary_users": "temporary administrator",
    "temporary_clients": "temporary administrator client",
    "other_enabled_users": "enabled user",
    "other_service_accounts": "client with a service account",
}


class MasterRealmError(AreaClientiError):
    """Somebody is left in the master realm, or Keycloak does not say."""


def check_nobody_is_left(keycloak: str, brand: str, provisioning_secret: str) -> None:
    """Ask Keycloak, as ``brand``'s provisioning account, how many administer the whole server.

    ``keycloak`` is its base address. Raises `MasterRealmError` with what to do when anybody does.
    """
    counts = _counts(keycloak, brand, provisioning_secret)
    left = [f"{counts[name]} × {what}" for name, what in _KINDS.items() if counts.get(name)]
    if left:
        raise MasterRealmError(
            f"{', '.join(left)} in the master realm: delete what no one is using at this moment "
            '(docs/administrators.md, "When nobody can get in").'
        )


def _counts(keycloak: str, brand: str, provisioning_secret: str) -> dict[str, int]:
    try:
        token = requests.post(
            f"{keycloak}/realms/{brand}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials"},
            auth=("provisioning", provisioning_secret),
            timeout=_TIMEOUT_S,
        )
        token.raise_for_status()
        answer = requests.get(
            f"{keycloak}/admin/realms/{brand}/area-clienti/installation",
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
            timeout=_TIMEOUT_S,
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        said = error.response.status_code if error.response is not None else "nothing"
        raise MasterRealmError(
            f"Keycloak at {keycloak} was asked who is in its master realm and answered {said}."
        ) from None
    return {name: int(count) for name, count in answer.json().items()}
