"""Provisioning's configuration, read once from the environment (docs/contracts.md, «Environment»)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from domain.brands import Brand, BrandFileError, load_brands, variable_suffix
from provisioning.errors import RefusedError

DATABASE_URL = "AREA_CLIENTI_DATABASE_URL"
BRANDS_DIR = "AREA_CLIENTI_BRANDS_DIR"
KEYCLOAK_URL = "KEYCLOAK_URL"
CLIENT_SECRET = "PROVISIONING_CLIENT_SECRET_"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What `sync` needs; `client_secrets` by brand."""

    database_url: str = field(repr=False)
    keycloak_url: str
    brands: Mapping[str, Brand]
    client_secrets: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SyncSettings:
        """Read the settings; raises `RefusedError` naming the first variable that is missing."""
        brands = brands_from(environment)
        return cls(
            database_url=_required(environment, DATABASE_URL),
            keycloak_url=_required(environment, KEYCLOAK_URL).rstrip("/") + "/",
            brands=brands,
            client_secrets={
                brand: _required(environment, f"{CLIENT_SECRET}{variable_suffix(brand)}") for brand in brands
            },
        )


def brands_from(environment: Mapping[str, str] = os.environ) -> Mapping[str, Brand]:
    """Load the brands of the configured folder; raises `RefusedError`."""
    folder = environment.get(BRANDS_DIR)
    try:
        return load_brands(Path(folder) if folder else None)
    except BrandFileError as error:
        raise RefusedError(error.code, str(error)) from error


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise RefusedError("setting_missing", f"The environment variable {name} is not set.")
    return value
