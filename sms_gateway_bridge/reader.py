"""Reading settings from an environment, strictly: an unknown name or a value that does not fit is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from sms_gateway_bridge.errors import ConfigurationError

PREFIX = "SMS_BRIDGE_"


class Reader:
    """Reads names from one environment and remembers nothing else.

    ``known`` are the names that may begin with `PREFIX`, without it; one that ends in ``_*`` allows any ending.
    """

    def __init__(self, environ: Mapping[str, str], known: Set[str]) -> None:
        self._environ = environ
        families = tuple(PREFIX + name.removesuffix("*") for name in known if name.endswith("_*"))
        for name in sorted(environ):
            ours = name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known
            if ours and not (families and name.startswith(families)):
                raise ConfigurationError(f"{name} is not a setting of the bridge")

    def optional(self, name: str) -> str | None:
        """The value, or None where it is unset or blank."""
        return self._environ.get(name, "").strip() or None

    def required(self, name: str) -> str:
        """The value; `ConfigurationError` where there is none."""
        value = self.optional(name)
        if value is None:
            raise ConfigurationError(f"{name} is not set")
        return value

    def integer(self, name: str, default: int, least: int = 0, most: int = 10**12) -> int:
        """A whole number of at least ``least`` and at most ``most``."""
        text = self.optional(name)
        if text is None:
            return default
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or int(text) < least:
            raise ConfigurationError(f"{name} must be a whole number of at least {least}")
        if int(text) > most:
            raise ConfigurationError(f"{name} must be at most {most}")
        return int(text)

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = (self.optional(name) or default).lower()
        if value not in allowed:
            raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def family(self, name: str) -> list[str]:
        """The names that are set and begin with ``name`` and an underscore."""
        return sorted(found for found in self._environ if found.startswith(f"{name}_") and self.optional(found))
