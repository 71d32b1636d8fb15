"""`area-clienti doctor`: what is right and what is not on this machine, each with the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests

from area_clienti.brand_folders import brand_folders
from area_clienti.environment import Ports
from area_clienti.errors import AreaClientiError
from area_clienti.layout import Layout
from area_clienti.master_realm import check_nobody_is_left
from area_clienti.prerequisites import check_build_tools
from area_clienti.secrets_file import known_secrets
from domain.brands import load_brands, variable_suffix

_TIMEOUT_S = 3


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``problem`` is empty when it is as it should be."""

    what: str
    problem: str = ""


def examine(layout: Layout, ports: Ports) -> Iterator[Finding]:
    """Look at prerequisites and brand files, then at the running stack, or at its ports when none runs."""
    yield _tried("JDK and Maven", check_build_tools)
    yield _tried("brand files", lambda: brand_folders(layout))
    if layout.endpoints.exists():
        endpoints = json.loads(layout.endpoints.read_text(encoding="utf-8"))
        brand = next(iter(load_brands(layout.brands)))
        yield from _running(endpoints, brand)
        yield _tried("nobody in the master realm", lambda: _master_realm(layout, endpoints["keycloak"], brand))
    else:
        yield _tried("ports (no stack runs)", ports.check_free)


def _running(endpoints: dict[str, str], brand: str) -> Iterator[Finding]:
    for what, address in (
        ("bridge and worker", f"{endpoints['bridge']}/readyz"),
        ("portal", f"{endpoints['portal']}/readyz"),
        ("Keycloak", f"{endpoints['keycloak']}/realms/{brand}/.well-known/openid-configuration"),
    ):
        try:
            answer = requests.get(address, timeout=_TIMEOUT_S)
        except requests.RequestException:
            yield Finding(what, f"does not answer at {address}: stop the stack and start it again.")
            continue
        healthy = answer.status_code == requests.codes.ok
        yield Finding(what, "" if healthy else f"answers {answer.status_code}: {answer.text.strip()[:200]}")


def _master_realm(layout: Layout, keycloak: str, brand: str) -> None:
    secret = known_secrets(layout.secrets).get(f"PROVISIONING_CLIENT_SECRET_{variable_suffix(brand)}", "")
    check_nobody_is_left(keycloak, brand, secret)


def _tried(what: str, check: Callable[[], object]) -> Finding:
    try:
        check()
    except AreaClientiError as error:
        return Finding(what, str(error))
    return Finding(what)
