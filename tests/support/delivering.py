"""Brings a delivery into a running stack as an operator does: with `area-clienti sync`."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from area_clienti.environment import Ports, process_environments
from area_clienti.layout import PROJECT, Layout
from provisioning.demo.listing import customers_to_try
from provisioning.feed.generate import generate
from provisioning.feed.manifest import Mode
from tests.support.brands import EVERY_BRAND, THIRD_BRAND
from tests.support.stack import Stack

_BEYOND_DEMO = 50_001


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


def with_more_customers(stack: Stack, folder: Path) -> Stack:
    """The stack with synthetic customers to take: of both shipped brands, with policies, beside the demo's."""
    generate(
        folder, brands=("generali", "alleanza"), customers=150, seed=7, sequence=3, mode=Mode.DELTA, first=_BEYOND_DEMO
    )
    others = replace(stack, endpoints={**stack.endpoints, "demo_customers": []})
    deliver(others, folder)
    with (folder / "policies.csv").open(encoding="utf-8", newline="") as file:
        holders = {row["customer_code"] for row in csv.DictReader(file) if row["status"] == "active"}
    told = others.endpoints["demo_customers"]
    told[:] = [customer for customer in told if customer["customer_code"] in holders]
    return others
