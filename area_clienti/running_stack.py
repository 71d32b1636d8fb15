"""Commands typed beside a running local stack work on that stack, without anybody exporting its settings."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from urllib.parse import urlsplit

from area_clienti.environment import Ports, process_environments
from area_clienti.layout import Layout
from area_clienti.secrets_file import development_secrets
from domain.brands import load_brands


def join_running_stack(layout: Layout, environment: MutableMapping[str, str], part: str = "provisioning") -> None:
    """Give the process the settings of the local stack's part that its own environment lacks.

    Does nothing in production, or while no stack of this run folder answers (``endpoints.json`` is missing).
    """
    if environment.get("AREA_CLIENTI_ENV") == "production" or not layout.endpoints.exists():
        return
    endpoints = json.loads(layout.endpoints.read_text(encoding="utf-8"))
    ports = Ports(**{name: urlsplit(endpoints[name]).port for name in ("keycloak", "portal", "bridge")})
    brands = sorted(load_brands(layout.brands))
    secrets = development_secrets(layout.secrets, brands)
    for name, value in process_environments(layout, ports, secrets, brands)[part].items():
        environment.setdefault(name, value)
