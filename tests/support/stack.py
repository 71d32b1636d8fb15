"""The real stack under test: `area-clienti up` in a fresh run folder, on free ports, once a test session."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import requests

from keycloak import KeycloakAdmin, KeycloakOpenIDConnection
from provisioning.demo import DEMO_DELIVERY
from tests.support.databases import StackDatabases, everything_embedded
from tests.support.ports import free_ports

PROJECT = Path(__file__).resolve().parents[2]
_START_LIMIT_S = 420
_STOP_LIMIT_S = 20
_taken: set[tuple[Path, str]] = set()


@dataclass(frozen=True)
class Stack:
    """A running stack: its addresses, its run folder, and a Keycloak administrator that exists for the tests only."""

    endpoints: dict[str, Any]
    run_dir: Path
    admin_client_id: str
    admin_client_secret: str
    pid: int
    ports: tuple[int, ...] = ()
    databases: StackDatabases | None = None

    def everything_stored(self) -> dict[str, str]:
        """All that the databases hold, as text: ``keycloak``, ``area_clienti`` (directory and portal), ``bridge``."""
        return self.databases.everything() if self.databases else everything_embedded(self.run_dir)

    @property
    def endpoints_file(self) -> Path:
        return self.run_dir / "endpoints.json"

    @property
    def keycloak(self) -> str:
        return str(self.endpoints["keycloak"])

    @property
    def keycloak_admin(self) -> str:
        """Where the Admin API is: an address of its own where the public one does not lead to it."""
        return str(self.endpoints.get("keycloak_admin", self.keycloak))

    @property
    def portal(self) -> str:
        return str(self.endpoints["portal"])

    @property
    def bridge(self) -> str:
        return str(self.endpoints["bridge"])

    @property
    def directory_url(self) -> str:
        """The database of directory and portal tables."""
        return self.databases.area_clienti if self.databases else f"sqlite:///{self.run_dir / 'area-clienti.db'}"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """The stack's generated secrets, by the names of docs/contracts.md."""
        lines = (self.run_dir / "secrets.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def take_customer(self, brand: str, kind: str = "person", *, with_policy: bool = False) -> dict[str, str]:
        """A customer with email and mobile whom no test has taken yet, sharing no contact with another.

        ``with_policy``: one who holds an active policy.
        """
        everyone = self.endpoints["demo_customers"]
        for customer in everyone:
            shared = [
                one for one in everyone if {one["email"], one["mobile"]} & {customer["email"], customer["mobile"]}
            ]
            fits = (customer["brand"], customer["kind"]) == (brand, kind) and customer["email"] and customer["mobile"]
            if (
                fits
                and _sees_policies(customer)
                and len(shared) == 1
                and (self.run_dir, customer["customer_code"]) not in _taken
            ):
                _taken.add((self.run_dir, customer["customer_code"]))
                return dict(customer)
        raise LookupError(f"no demo customer of {brand} of kind {kind} is left")

    def serves(self, brand: str) -> bool:
        """Whether the brand's realm is there: a stack started by somebody else may have other brands."""
        address = f"{self.keycloak}/realms/{brand}/.well-known/openid-configuration"
        return requests.get(address, timeout=10).status_code == requests.codes.ok

    def admin(self, realm: str) -> KeycloakAdmin:
        """The Admin API of a realm."""
        connection = KeycloakOpenIDConnection(
            server_url=self.keycloak_admin,
            realm_name=realm,
            user_realm_name="master",
            client_id=self.admin_client_id,
            client_secret_key=self.admin_client_secret,
        )
        return KeycloakAdmin(connection=connection)

    def process(self, name: str) -> int:
        """Process id of one part (``keycloak``, ``bridge``, ``worker``, ``portal``)."""
        log = (self.run_dir / "log" / "stack.log").read_text(encoding="utf-8")
        lines = [line for line in log.splitlines() if f"{name} started (pid=" in line]
        return int(lines[-1].rsplit("pid=", 1)[1].rstrip(")"))

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """A part that has stopped answering, as an overloaded or hung one does."""
        os.kill(self.process(name), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process(name), signal.SIGCONT)


def attached_stack(run_dir: Path) -> Stack:
    """A stack somebody started with ``KC_BOOTSTRAP_ADMIN_CLIENT_ID`` and ``_SECRET`` set as they are here."""
    endpoints = json.loads((run_dir / "endpoints.json").read_text(encoding="utf-8"))
    client_id, client_secret = (os.environ[f"KC_BOOTSTRAP_ADMIN_CLIENT_{part}"] for part in ("ID", "SECRET"))
    databases = StackDatabases.of_environment(os.environ)
    return Stack(endpoints, run_dir, client_id, client_secret, pid=0, databases=databases)


@contextmanager
def running_stack(
    run_dir: Path,
    *,
    fresh: bool = True,
    ports: tuple[int, ...] = (),
    brand_folders: tuple[Path, ...] = (),
    databases: StackDatabases | None = None,
    delivery: Path | None = None,
) -> Iterator[Stack]:
    """Run `area-clienti up` until the block ends, on PostgreSQL or on the embedded databases.

    ``delivery``: another than the demo one.

    Raises `RuntimeError` with its output when it does not come up.
    """
    if fresh:
        shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir(parents=True, exist_ok=True)
    ports = ports or tuple(free_ports(4))
    keycloak, management, portal, bridge = ports
    admin_id, admin_secret = "tests", secrets.token_urlsafe(24)
    environment = os.environ | {
        "AREA_CLIENTI_RUN_DIR": str(run_dir),
        "AREA_CLIENTI_KEYCLOAK_PORT": str(keycloak),
        "AREA_CLIENTI_KEYCLOAK_MANAGEMENT_PORT": str(management),
        "AREA_CLIENTI_PORTAL_PORT": str(portal),
        "AREA_CLIENTI_BRIDGE_PORT": str(bridge),
        "AREA_CLIENTI_BRAND_FOLDERS": os.pathsep.join(map(str, brand_folders)),
        "KC_BOOTSTRAP_ADMIN_CLIENT_ID": admin_id,
        "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": admin_secret,
        # The whole suite comes from one address; the budget itself is tested against a bridge of its own.
        "SMS_BRIDGE_SENDS_PER_IP": "100000",
        "SMS_BRIDGE_SEND_GAP_S": "1",
        # What is due after days in a realm is due after seconds in a test, and looked for as often.
        "KC_SPI_EVENTS_LISTENER__WORKFLOW_EVENT_LISTENER__STEP_RUNNER_TASK_INTERVAL": "2s",
        **(databases.environment if databases else {}),
    }
    output = run_dir / "up.log"
    with output.open("w") as log:
        command = [sys.executable, "-m", "area_clienti", "up", *(["--feed", str(delivery)] if delivery else [])]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        endpoints = _wait_for_endpoints(process, run_dir, output)
        yield Stack(endpoints, run_dir, admin_id, admin_secret, process.pid, ports, databases)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_endpoints(process: subprocess.Popen[bytes], run_dir: Path, output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_LIMIT_S
    endpoints = run_dir / "endpoints.json"
    while time.monotonic() < deadline:
        if endpoints.exists():
            return dict(json.loads(endpoints.read_text(encoding="utf-8")))
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"the stack did not come up:\n{output.read_text()}")


def _sees_policies(customer: dict[str, str]) -> bool:
    return customer["customer_code"] not in _without_policy()


@cache
def _without_policy() -> frozenset[str]:
    """Who holds no active policy in the demo delivery."""
    customers, policies = (_rows_of_demo(name) for name in ("customers", "policies"))
    holders = {row["customer_code"] for row in policies if row["status"] == "active"}
    return frozenset(row["customer_code"] for row in customers) - holders


def _rows_of_demo(name: str) -> list[dict[str, str]]:
    with (DEMO_DELIVERY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
