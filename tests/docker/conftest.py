"""The compose stack under test: docker-compose.yml with its test override, brought up once a session."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from provisioning.demo import demo_customers
from provisioning.demo.listing import customers_to_try
from tests.docker import engine
from tests.docker.compose import FILES, Compose, compose_command, environment_file
from tests.support.brands import EVERY_BRAND, THIRD_BRAND_DELIVERY
from tests.support.browser import launch
from tests.support.stack import Stack, attached_stack, free_ports

_ADMIN = "compose-tests"


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Skips, saying why, where the stack cannot be run."""
    if not os.environ.get("DOCKER_HOST") and engine.SOCKET.exists():
        os.environ["DOCKER_HOST"] = engine.HOST
    if not shutil.which("docker"):
        pytest.skip("no docker command on this machine: make test-compose needs one")
    if compose_command() is None:
        pytest.skip("neither docker compose nor docker-compose is on this machine")
    answer = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip("no Docker engine answers: as root, make test-compose starts one of its own")
    if engine.base_images() is None:
        pytest.skip("the engine has no stand-ins for the base images: make test-compose makes them")


@pytest.fixture(scope="session")
def compose(docker_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """The files, the environment and the project name of the stack; nothing is started yet.

    ``AREA_CLIENTI_TEST_COMPOSE`` names the folder of a stack that stands and is left standing: the folder holds what
    `environment_file` writes, and its name is the project's.
    """
    project = os.environ.get("AREA_CLIENTI_TEST_COMPOSE", "")
    folder = Path(project).resolve() if project else tmp_path_factory.mktemp("compose")
    environment = folder / "environment"
    if not project:
        ports = dict(zip(("http", "https", "admin", "catcher"), free_ports(4), strict=True))
        environment_file(folder, ports)
    # Both are read by requests and by Python's own clients: the stack's certificate is of an authority of this run.
    before = {name: os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
    os.environ.update(dict.fromkeys(before, str(folder / "certificates" / "authority.pem")))
    yield Compose(folder, environment, folder.name if project else f"area-clienti-test-{os.getpid()}")
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def docker_compose_command(compose: Compose) -> str:
    return compose.command


@pytest.fixture(scope="session")
def docker_compose_file() -> list[str]:
    return FILES


@pytest.fixture(scope="session")
def docker_compose_project_name(compose: Compose) -> str:
    return compose.project


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    return [] if os.environ.get("AREA_CLIENTI_TEST_COMPOSE") else ["build --quiet", "up -d --no-build"]


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    return [] if os.environ.get("AREA_CLIENTI_TEST_COMPOSE") else ["down --volumes --timeout 5"]


@pytest.fixture(scope="session")
def stack(compose: Compose, docker_services: object) -> Stack:
    """The whole product in containers, the demo delivery loaded by the job, as every other test sees a stack."""
    compose.wait_until_healthy()
    # The break-glass way is the only one to an administrator of the server: there is none from the environment.
    secret_file = compose.folder / "break-glass"
    if not secret_file.exists():
        for delivery in ("first", "second"):
            done = compose.run_job("sync", f"/deliveries/{delivery}")
            # 1 is also how compose itself says no.
            assert done.returncode in (0, 1), done.stdout + done.stderr
            assert "Delivery" in done.stdout, done.stdout + done.stderr
        secret_file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        compose.break_glass(_ADMIN, secret_file.read_text(encoding="utf-8"))
    secret = secret_file.read_text(encoding="utf-8")
    os.environ["KC_BOOTSTRAP_ADMIN_CLIENT_ID"], os.environ["KC_BOOTSTRAP_ADMIN_CLIENT_SECRET"] = _ADMIN, secret
    _write_run_folder(compose)
    return attached_stack(compose.folder)


def _write_run_folder(compose: Compose) -> None:
    values = compose.values
    endpoints = {
        "keycloak": values["KEYCLOAK_PUBLIC_URL"],
        "keycloak_admin": values["KEYCLOAK_ADMIN_URL"],
        "portal": values["PORTAL_PUBLIC_URL"],
        # Of the bridge the journeys ask its outbox, and in production it has none: the catcher answers.
        "bridge": f"https://localhost:{values['TEST_CATCHER_PORT']}",
        "demo_customers": [*demo_customers(), *customers_to_try(THIRD_BRAND_DELIVERY, EVERY_BRAND.values(), ())],
    }
    (compose.folder / "endpoints.json").write_text(json.dumps(endpoints), encoding="utf-8")
    lines = [f"{name}={value}" for name, value in values.items()]
    (compose.folder / "secrets.env").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser that takes the certificate of this run."""
    yield from launch("--ignore-certificate-errors")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the images and the whole stack."""
    for item in items:
        if "tests/docker/" in item.nodeid:
            item.add_marker(pytest.mark.timeout(3600))
