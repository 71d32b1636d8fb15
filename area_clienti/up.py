"""`area-clienti up`: from a fresh checkout to a running stack with the demo customers in it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.flask_portal import repository as portal_tables
from adapters.flask_portal.i18n import catalogues
from area_clienti import keycloak_distribution, themes
from area_clienti.brand_folders import put_together
from area_clienti.environment import Addresses, Ports, process_environments
from area_clienti.errors import AreaClientiError, StackError
from area_clienti.layout import Layout
from area_clienti.prerequisites import check_build_tools
from area_clienti.secrets_file import development_secrets
from area_clienti.supervisor import Supervisor
from provisioning import directory
from provisioning.demo import DEMO_DELIVERY, demo_customers
from provisioning.feed.manifest import open_delivery
from provisioning.sync.sequence import last_applied
from sms_gateway_bridge.db import upgrade as bridge_tables
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError

_START_LIMIT_S = 300


def build(layout: Layout, console: Console) -> None:
    """Make everything that can be made before a start, each step shown; does nothing that is already done."""
    check_build_tools()
    with console.status("Building the Keycloak extension") as status:
        keycloak_distribution.build_extension(layout)
        status.update("Fetching Keycloak (176 MB, once)")
        keycloak_distribution.distribution_archive(layout)
        status.update("Building Keycloak with the extension (half a minute, once)")
        keycloak_distribution.built_distribution(layout)
        status.update("Building themes and translations")
        put_together(layout)
        themes.build_themes(layout)
        catalogues.compile_catalogues()
    console.print("[green]✓[/] built: Keycloak with its extension, themes, translations")


def migrate(environments: Mapping[str, Mapping[str, str]]) -> None:
    """Bring every part's tables up to date, in the databases the parts are told of. Raises `StackError`."""
    for part, name, upgrade in (
        ("portal", "AREA_CLIENTI_DATABASE_URL", directory.upgrade),
        ("portal", "AREA_CLIENTI_DATABASE_URL", portal_tables.upgrade),
        ("bridge", "SMS_BRIDGE_DATABASE_URL", bridge_tables.upgrade),
    ):
        try:
            upgrade(environments[part][name])
        except (SQLAlchemyError, UnavailableError, ConfigurationError, ImportError):
            # The driver's text may quote the address, and with it a password.
            sentence = f"The database of {name} cannot be used: check the address, that it runs, and who may enter."
            raise StackError(sentence) from None


@dataclass(frozen=True)
class LocalStack:
    """One stack on this machine, of one run folder and one set of ports."""

    layout: Layout
    ports: Ports
    delivery: Path
    console: Console

    def run(self) -> None:
        """Start everything and block until it is ended. Raises `AreaClientiError` with one sentence."""
        self.ports.check_free()
        keycloak_distribution.check_database_settings()
        build(self.layout, self.console)
        keycloak_distribution.prepare_home(self.layout)
        self.layout.endpoints.unlink(missing_ok=True)
        brands = sorted(put_together(self.layout))
        secrets = development_secrets(self.layout.secrets, brands)
        environments = process_environments(self.layout, self.ports, secrets, brands)
        migrate(environments)
        log = self.layout.logs / "stack.log"
        self.console.print(f"Starting Keycloak, bridge, worker and portal (log: {log})")
        supervisor = Supervisor(self.layout.project / "Procfile", environments, log)
        try:
            supervisor.run(lambda: self._when_started(environments["provisioning"], brands))
        finally:
            self.layout.endpoints.unlink(missing_ok=True)
            self.console.print("Stopped.")

    def _when_started(self, environment: dict[str, str], brands: list[str]) -> None:
        began = time.monotonic()
        addresses = Addresses.of(self.ports)
        for name, url in {
            "bridge": f"{addresses.bridge}/readyz",
            "Keycloak": f"{addresses.keycloak_management}/health/ready",
        }.items():
            _wait_until_ready(name, url, began + _START_LIMIT_S)
        self._load_delivery(environment)
        _wait_until_ready("portal", f"{addresses.portal}/readyz", began + _START_LIMIT_S)
        self._announce(addresses, brands, time.monotonic() - began)

    def _load_delivery(self, environment: dict[str, str]) -> None:
        if self.delivery == DEMO_DELIVERY and later_delivery_applied(environment["AREA_CLIENTI_DATABASE_URL"]):
            self.console.print("[green]✓[/] the directory holds a later delivery than the demo one")
            return
        command = [
            sys.executable,
            "-m",
            "area_clienti",
            "sync",
            "--quarantine",
            str(self.layout.run / "quarantine"),
            str(self.delivery),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        (self.layout.logs / "first-sync.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode not in (0, 1):
            last = next(reversed((done.stdout + done.stderr).strip().splitlines()), "no output")
            raise StackError(f"The delivery {self.delivery} could not be loaded: {last}")
        self.console.print("[green]✓[/] delivery loaded" + (" (some rows in quarantine)" if done.returncode else ""))

    def _announce(self, addresses: Addresses, brands: list[str], seconds: float) -> None:
        customers = demo_customers() if self.delivery == DEMO_DELIVERY else []
        endpoints = {
            "keycloak": addresses.keycloak,
            "portal": addresses.portal,
            "bridge": addresses.bridge,
            "outbox": f"{addresses.bridge}/outbox",
            "demo_customers": customers,
        }
        part = self.layout.endpoints.with_suffix(".part")
        part.write_text(json.dumps(endpoints, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.rename(self.layout.endpoints)
        self.console.print(f"[green]✓[/] everything answers after {seconds:.0f} s\n")
        self.console.print(f"  Portal    {addresses.portal}/")
        self.console.print(f"  Codes     {addresses.bridge}/outbox  (every text message and email arrives here)")
        for index, brand in enumerate(brands):
            name = "Keycloak" if index == 0 else ""
            self.console.print(f"  {name:<8}  {addresses.keycloak}/admin/{brand}/console/")
        width = max(map(len, brands))
        if customers:
            self.console.print("\n  Customers who can register:")
        for customer in _a_few_of_each_brand(customers):
            name = customer["company_name"] or f"{customer['first_name']} {customer['last_name']}"
            contact = customer["email"] or customer["mobile"]
            self.console.print(f"    {customer['brand']:<{width}} {customer['kind']:<13} {name:<28} {contact}")
        self.console.print(f"\n  The same in {self.layout.endpoints}. Ctrl-C stops everything.")


def later_delivery_applied(database_url: str) -> bool:
    """Whether somebody has synced a delivery that followed the demo one: it cannot be loaded again, nor need it be."""
    engine = directory.open_engine(database_url)
    with Session(engine) as session:
        last = last_applied(session)
    engine.dispose()
    return last is not None and last.sequence > open_delivery(DEMO_DELIVERY).manifest.sequence


def _a_few_of_each_brand(customers: list[dict[str, str]]) -> list[dict[str, str]]:
    brands = dict.fromkeys(customer["brand"] for customer in customers)
    return [one for brand in brands for one in [each for each in customers if each["brand"] == brand][:4]]


def _wait_until_ready(name: str, url: str, deadline: float) -> None:
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).status_code == requests.codes.ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise StackError(f"The {name} did not become ready within {_START_LIMIT_S} s.")


__all__ = ["AreaClientiError", "LocalStack", "build"]
