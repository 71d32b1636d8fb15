"""The realm file's placeholders, filled as Keycloak fills them at import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from area_clienti.errors import AreaClientiError

# Ours are variables of the environment. Keycloak's own, such as ${client_account}, are not written like one and stay.
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::([^}]*))?\}")
# Nothing of these is compared or written: a variable that only they name need not be set.
_SECRET_FIELDS = frozenset({"secret", "password", "users"})


def fill(value: Any, environment: Mapping[str, str]) -> Any:
    """Return the value with its placeholders filled and its secrets left out.

    Raises `AreaClientiError` naming a variable that is not set and has no default.
    """
    if isinstance(value, dict):
        return {key: fill(one, environment) for key, one in value.items() if key not in _SECRET_FIELDS}
    if isinstance(value, list):
        return [fill(one, environment) for one in value]
    return _VARIABLE.sub(lambda found: _value(found, environment), value) if isinstance(value, str) else value


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    name, default = found.group(1), found.group(2)
    # As Keycloak does: set and empty is a value.
    value = environment.get(name, default)
    if value is None:
        raise AreaClientiError(f"{name} is not set: the realm file needs it, with the value that Keycloak was given.")
    return value
