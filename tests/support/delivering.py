"""Brings a delivery into a running stack as an operator does: with `area-clienti sync`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from area_clienti.environment import Ports, process_environments
from area_clienti.layout import PROJECT, Layout
from provisioning.demo.listing import customers_to_try
from tests.support.brands import EVERY_BRAND, THIRD_BRAND
from tests.support.stack import Stack


def deliver(stack: Stack, delivery: Path) -> None:
    """Sync the delivery and add those who can register to the stack's customers."""
    layout = Layout(PROJECT, PROJECT / "var" / "cache", stack.run_dir, (THIRD_BRAND.folder,))
    environment = process_environments(layout, Ports(), stack.secrets, list(EVERY_BRAND))["provisioning"]
    environment["KEYCLOAK_URL"] = stack.keycloak
    if stack.databases:
        environment["AREA_CLIENTI_DATABASE_URL"] = stack.databases.area_clienti
    command = [sys.executable, "-m", "area_clienti", "sync", "--quarantine", str(stack.run_dir / "quarantine")]
    done = subprocess.run([*command, str(delivery)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    stack.endpoints["demo_customers"].extend(customers_to_try(delivery, EVERY_BRAND.values(), ()))
