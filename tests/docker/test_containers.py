"""Containers and images: nobody is root, nothing is writable, no secret is baked in, and what dies comes back."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
import requests

from tests.docker.compose import Compose, docker, inspect
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak
SERVICES = ("postgres", "keycloak", "bridge", "worker", "portal", "proxy")
_SECRET = re.compile(r"PASSWORD|SECRET|_KEY(_|S?$)|HASH_KEY")


def test_two_workers_share_the_work(compose: Compose, stack: Stack) -> None:
    assert len(compose.containers("worker")) == 2
    assert compose.sql("sms_bridge", "SELECT count(DISTINCT worker) FROM heartbeats") == "2"


@pytest.mark.parametrize("service", SERVICES)
def test_no_process_is_root_and_nothing_can_be_gained(compose: Compose, stack: Stack, service: str) -> None:
    for one in compose.containers(service):
        users = [line.split()[1] for line in docker("top", one, "-eo", "pid,uid").splitlines()[1:]]
        assert users
        assert "0" not in users
        status = docker("exec", one, "cat", "/proc/1/status")
        assert "CapEff:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status


@pytest.mark.parametrize("service", SERVICES)
def test_the_root_file_system_is_read_only(compose: Compose, stack: Stack, service: str) -> None:
    for one in compose.containers(service):
        assert inspect(one)["HostConfig"]["ReadonlyRootfs"] is True
        assert "Read-only file system" in docker("exec", "--user", "0", one, "touch", "/etc/canary", check=False)


def test_no_secret_is_in_an_image_or_its_history(compose: Compose, stack: Stack) -> None:
    secrets = [value for name, value in compose.values.items() if _SECRET.search(name)]
    assert len(secrets) > 20
    images = {inspect(one)["Image"] for service in SERVICES for one in compose.containers(service)}
    assert len(images) == 4
    for image in images:
        told = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image) + json.dumps(inspect(image))
        assert not [name for name, value in compose.values.items() if _SECRET.search(name) and value in told]
        baked = {entry.split("=", 1)[0] for entry in inspect(image)["Config"]["Env"] or []}
        assert not [name for name in baked if _SECRET.search(name)]


def test_no_environment_file_or_key_is_in_the_images_files(compose: Compose, stack: Stack) -> None:
    for service in ("keycloak", "portal", "proxy"):
        command = "find / -xdev \\( -name '.env*' -o -name 'secrets.env' -o -name 'key.pem' \\) 2>/dev/null; true"
        image = inspect(compose.containers(service)[0])["Image"]
        assert docker("run", "--rm", "--entrypoint", "/bin/sh", image, "-c", command) == ""


def test_there_is_no_administrator_of_the_server_but_the_one_of_break_glass(compose: Compose, stack: Stack) -> None:
    users = "SELECT username FROM user_entity u JOIN realm r ON r.id = u.realm_id WHERE r.name = 'master'"
    # A service account of the client the fixture made; from the environment nobody came.
    assert compose.sql("keycloak", users).splitlines() == ["service-account-compose-tests"]


def test_roles_of_the_database_can_do_their_job_and_nothing_else(compose: Compose, stack: Stack) -> None:
    def may(user: str, database: str, statement: str) -> bool:
        done = compose.try_sql(database, statement, user)
        assert done.returncode == 0 or "permission denied" in done.stderr or "must be owner" in done.stderr, done.stderr
        return done.returncode == 0

    assert may("portal", "area_clienti", "SELECT count(*) FROM directory_customers")
    assert may("portal", "area_clienti", "DELETE FROM portal_sessions WHERE false")
    assert not may("portal", "area_clienti", "DELETE FROM directory_customers WHERE false")
    assert not may("portal", "area_clienti", "CREATE TABLE mine (id int)")
    assert not may("portal", "area_clienti", "CREATE TEMPORARY TABLE mine (id int)")
    assert not may("portal", "sms_bridge", "SELECT 1")
    assert not may("portal", "keycloak", "SELECT 1")
    assert may("provisioning", "area_clienti", "UPDATE directory_customers SET brand = brand WHERE false")
    assert may("provisioning", "area_clienti", "CREATE TEMPORARY TABLE mine (id int)")
    assert not may("provisioning", "area_clienti", "CREATE TABLE mine (id int)")
    assert not may("provisioning", "area_clienti", "SELECT count(*) FROM portal_sessions")
    assert may("bridge", "sms_bridge", "DELETE FROM verifications WHERE false")
    assert not may("bridge", "sms_bridge", "DROP TABLE verifications")
    assert not may("bridge", "area_clienti", "SELECT 1")
    assert not may("keycloak", "area_clienti", "SELECT 1")


@pytest.mark.parametrize(
    "name",
    [
        *("POSTGRES_PASSWORD", "KEYCLOAK_DB_PASSWORD", "PORTAL_DB_PASSWORD", "PROVISIONING_DB_PASSWORD"),
        *("BRIDGE_DB_PASSWORD", "PORTAL_SECRET_KEY", "PORTAL_CLIENT_SECRET_GENERALI", "SMS_BRIDGE_PROOF_KEYS"),
        *("SMS_BRIDGE_HASH_KEY", "SMS_BRIDGE_KEY_KEYCLOAK", "REALM_ADMIN_PASSWORD_ALLEANZA", "SMS_BRIDGE_SMTP_URL"),
    ],
)
def test_a_start_without_one_secret_is_refused_by_name(compose: Compose, name: str) -> None:
    text = "".join(
        line for line in compose.environment.read_text().splitlines(keepends=True) if not line.startswith(f"{name}=")
    )
    changed = compose.folder / f"without-{name}"
    changed.write_text(text)
    refused = Compose(compose.folder, changed, f"{compose.project}-refused")("up", "-d", check=False)
    assert refused.returncode != 0
    assert f"{name} is not set" in refused.stderr


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("portal", "PORTAL_SECRET_KEY"),
        ("portal", "PORTAL_CLIENT_SECRET_GENERALI"),
        ("portal", "AREA_CLIENTI_DATABASE_URL"),
        ("provisioning", "PROVISIONING_CLIENT_SECRET_ALLEANZA"),
        ("bridge", "SMS_BRIDGE_KEY_PORTAL"),
        ("bridge", "SMS_BRIDGE_DATABASE_URL"),
        ("worker", "SMS_BRIDGE_HASH_KEY"),
    ],
)
def test_a_part_refuses_a_guessable_secret_in_production(
    compose: Compose, stack: Stack, service: str, name: str
) -> None:
    url = "postgresql+psycopg://portal:changeme-changeme@postgres:5432/area_clienti"
    value = url if name.endswith("_URL") else "changeme-changeme-changeme-changeme-1"
    settings = ("-e", f"{name}={value}")
    command = ("sync", "/deliveries/first") if service == "provisioning" else ()
    done = compose("run", "--rm", "--no-deps", "-T", *settings, service, *command, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert name in done.stdout + done.stderr
    assert "changeme" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def _killed(compose: Compose, service: str) -> float:
    """End a service's first process without a word, start it as an operator or the engine's own policy would."""
    one = compose.containers(service)[0]
    before = inspect(one)["State"]["StartedAt"]
    docker("exec", "--user", "0", one, "true", check=False)
    pid = inspect(one)["State"]["Pid"]
    subprocess.run(["kill", "-KILL", str(pid)], check=True)
    began = time.monotonic()
    while inspect(one)["State"]["StartedAt"] == before:
        assert time.monotonic() - began < 60, f"{service} was not started again"
        time.sleep(0.2)
    return began


@pytest.mark.parametrize("service", ["worker", "bridge", "portal", "proxy"])
def test_a_part_that_dies_is_started_again_and_becomes_healthy(compose: Compose, stack: Stack, service: str) -> None:
    _killed(compose, service)
    compose.wait_until_healthy(limit_s=120)
    assert requests.get(f"{stack.portal}/generali/", timeout=30).status_code == 200


def _begin_registration(stack: Stack) -> requests.Response:
    """What a new visitor gets who chooses a kind; the page shows without a database, the choice is kept in one."""
    page_url = f"{stack.portal}/generali/registrazione"
    with requests.Session() as visitor:
        page = visitor.get(page_url, timeout=60)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token, page.text
        form = {"kind": "person", "csrf_token": token[1]}
        return visitor.post(page_url, data=form, headers={"Referer": page_url}, timeout=60, allow_redirects=False)


def test_while_the_database_is_away_the_portal_says_so_and_afterwards_everything_recovers(
    compose: Compose, stack: Stack
) -> None:
    database = compose.containers("postgres")[0]
    assert _begin_registration(stack).status_code == 303
    docker("stop", "--time", "20", database)
    try:
        # No success without a commit; the health checks tell the truth.
        answer = _begin_registration(stack)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        deadline = time.monotonic() + 120
        while set(compose.health("portal")) != {"unhealthy"}:
            assert time.monotonic() < deadline, compose.health("portal")
            time.sleep(0.5)
    finally:
        docker("start", database)
        compose.wait_until_healthy("postgres", limit_s=60)
    deadline = time.monotonic() + 30
    while _begin_registration(stack).status_code != 303:
        assert time.monotonic() < deadline, "no recovery within 30 s of the database"
        time.sleep(0.2)
    compose.wait_until_healthy(limit_s=120)
