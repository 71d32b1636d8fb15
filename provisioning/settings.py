"""Provisioning's configuration, read once from the environment (docs/contracts.md, «Environment»)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url

from domain.brands import Brand, BrandFileError, load_brands, variable_suffix
from domain.guessable import why_guessable
from provisioning.errors import RefusedError

DATABASE_URL = "AREA_CLIENTI_DATABASE_URL"
BRANDS_DIR = "AREA_CLIENTI_BRANDS_DIR"
KEYCLOAK_URL = "KEYCLOAK_URL"
STATE_DIR = "AREA_CLIENTI_SYNC_STATE_DIR"
MOBILE_HOLD = "AREA_CLIENTI_SYNC_MOBILE_HOLD_H"
_DEFAULT_HOLD_H = 72
_LONGEST_HOLD_H = 24 * 90
CLIENT_SECRET = "PROVISIONING_CLIENT_SECRET_"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What `sync` needs.

    `client_secrets` by brand, `state_dir` where the accepted state lies, `mobile_hold` how long a certified new access
    mobile of a registered customer waits.
    """

    database_url: str = field(repr=False)
    keycloak_url: str
    brands: Mapping[str, Brand]
    client_secrets: Mapping[str, str] = field(repr=False)
    state_dir: Path
    mobile_hold: timedelta

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SyncSettings:
        """Read the settings; raises `RefusedError` naming the first variable that is missing."""
        brands = brands_from(environment)
        url = database_url(environment)
        settings = cls(
            database_url=url,
            keycloak_url=_required(environment, KEYCLOAK_URL).rstrip("/") + "/",
            brands=brands,
            client_secrets={
                brand: _required(environment, f"{CLIENT_SECRET}{variable_suffix(brand)}") for brand in brands
            },
            state_dir=_state_dir(environment, url),
            mobile_hold=_mobile_hold(environment),
        )
        if environment.get("AREA_CLIENTI_ENV") == "production":
            _refuse_guessable(settings)
        return settings


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    """Return the directory's address; raises `RefusedError` when it is not set."""
    return _required(environment, DATABASE_URL)


def brands_from(environment: Mapping[str, str] = os.environ) -> Mapping[str, Brand]:
    """Load the brands of the configured folder; raises `RefusedError`."""
    folder = environment.get(BRANDS_DIR)
    try:
        return load_brands(Path(folder) if folder else None)
    except BrandFileError as error:
        raise RefusedError(error.code, str(error)) from error


def _mobile_hold(environment: Mapping[str, str]) -> timedelta:
    hours = environment.get(MOBILE_HOLD) or str(_DEFAULT_HOLD_H)
    if not hours.isdecimal() or not 1 <= int(hours) <= _LONGEST_HOLD_H:
        raise RefusedError("configuration_wrong", f"{MOBILE_HOLD} is a whole number of hours, 1 to {_LONGEST_HOLD_H}.")
    return timedelta(hours=int(hours))


def _state_dir(environment: Mapping[str, str], url: str) -> Path:
    if folder := environment.get(STATE_DIR):
        return Path(folder)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return Path(f"{parsed.database}.accepted")
    return Path("accepted-state")


def _refuse_guessable(settings: SyncSettings) -> None:
    named = {f"{CLIENT_SECRET}{variable_suffix(brand)}": secret for brand, secret in settings.client_secrets.items()}
    if password := make_url(settings.database_url).password:
        named[DATABASE_URL] = str(password)
    for name, secret in named.items():
        if reason := why_guessable(secret):
            raise RefusedError("setting_guessable", f"{name} {reason}: production needs a secret made at random.")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise RefusedError("setting_missing", f"The environment variable {name} is not set.")
    return value
