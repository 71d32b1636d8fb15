"""Bridge and worker as real processes on a free port, a signed client, and what the outbox shows."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.keys import new_caller_key
from tests.integration.bridge.mail_relay import running_relay
from tests.support.bridge_client import BridgeClient, await_message, outbox, over_http
from tests.support.bridge_process import bridge_environment
from tests.support.databases import Databases


@dataclass
class RunningBridge:
    """A bridge and its worker, and clients that may talk to it."""

    url: str
    environment: dict[str, str]
    processes: "list[subprocess.Popen[str]]"

    @property
    def worker(self) -> "subprocess.Popen[str]":
        return self.processes[1]

    def client(self, caller: str) -> BridgeClient:
        return BridgeClient(over_http(self.url), caller, self.environment[f"SMS_BRIDGE_KEY_{caller.upper()}"])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(module: str, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-m", module], env=environment, text=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(database_url: str, **changes: str) -> Iterator[RunningBridge]:
    port = free_port()
    keys = {caller: new_caller_key() for caller in ("keycloak", "portal", "worker")}
    environment = bridge_environment(database_url, port, keys) | changes
    # Started before there is a schema: both wait for it.
    processes = [start("sms_gateway_bridge", environment), start("sms_gateway_bridge.worker", environment)]
    upgrade(environment["SMS_BRIDGE_DATABASE_URL"])
    bridge = RunningBridge(environment["SMS_BRIDGE_URL"], environment, processes)
    try:
        await_ready(bridge.url)
        yield bridge
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(20) for process in processes]
    assert codes[1] == 0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running_bridge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('bridge')}/bridge.db"
    else:
        url = request.getfixturevalue("postgres").new_url()
    with running(url) as bridge:
        yield bridge


def await_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if requests.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        assert time.monotonic() < deadline, "the bridge did not become ready"
        time.sleep(0.05)


def test_a_code_travels_from_the_request_to_the_outbox_and_is_approved(running_bridge: RunningBridge) -> None:
    keycloak = running_bridge.client("keycloak")
    verification = keycloak.start(to="+393201110001").json()["id"]
    message = await_message(running_bridge.url, "+393201110001")
    assert message["code"] in message["text"]
    assert (message["brand"], message["channel"], message["purpose"]) == ("generali", "mobile", "access")
    answer = keycloak.check(verification, code=message["code"]).json()
    assert answer["status"] == "approved"


def test_a_notice_becomes_delivered_by_the_outboxs_receipt(running_bridge: RunningBridge) -> None:
    portal = running_bridge.client("portal")
    message = portal.send_message("key-receipt", to="elena@example.com").json()["id"]
    deadline = time.monotonic() + 15
    while portal.request("GET", f"/v1/messages/{message}").json()["status"] != "delivered":
        assert time.monotonic() < deadline, "no receipt was applied"
        time.sleep(0.05)


def test_a_registration_by_email_shows_code_link_and_a_page(running_bridge: RunningBridge) -> None:
    portal = running_bridge.client("portal")
    link_url = "http://127.0.0.1:5000/generali/registrazione/link"
    to = "anna.rossi@example.com"
    verification = portal.start(channel="email", to=to, link_url=link_url, greeting_name="Anna").json()["id"]
    message = await_message(running_bridge.url, to)
    assert message["link"].startswith(f"{link_url}/{verification}/")
    mail = requests.get(f"{running_bridge.url}/outbox/mails/{message['id']}", timeout=5)
    assert message["code"] in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]
    assert portal.check(verification, link_token=message["link"].rsplit("/", 1)[1]).json()["proof"]


def test_the_outbox_lists_newest_first_and_by_contact(running_bridge: RunningBridge) -> None:
    portal = running_bridge.client("portal")
    for name in ("carla", "dario"):
        portal.send_message(f"key-{name}", to=f"{name}@example.com")
        await_message(running_bridge.url, f"{name}@example.com")
    newest = outbox(running_bridge.url)[:2]
    assert [message["to"] for message in newest] == ["dario@example.com", "carla@example.com"]
    assert newest[0]["code"] is None
    assert newest[0]["purpose"] == "recovery-completed"
    assert [message["to"] for message in outbox(running_bridge.url, "carla@example.com")] == ["carla@example.com"]


def test_the_outbox_page_allows_no_inline_script(running_bridge: RunningBridge) -> None:
    page = requests.get(f"{running_bridge.url}/outbox", timeout=5)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    assert requests.get(f"{running_bridge.url}/outbox/static/outbox.js", timeout=5).status_code == 200


def test_with_smtp_configured_mail_goes_there_and_sms_still_to_the_outbox(tmp_path: Path) -> None:
    with (
        running_relay("plain") as relay,
        running(
            f"sqlite:///{tmp_path}/bridge.db",
            SMS_BRIDGE_SMTP_URL=f"smtp://127.0.0.1:{relay.port}",
            SMS_BRIDGE_SMTP_FROM="noreply@mail.example",
        ) as bridge,
    ):
        assert bridge.client("portal").start(channel="email", to="anna.rossi@example.com").status == 201
        assert bridge.client("keycloak").start(to="+393201110002").status == 201
        assert await_message(bridge.url, "+393201110002")["code"]
        deadline = time.monotonic() + 10
        while not relay.mails and time.monotonic() < deadline:
            time.sleep(0.02)
        assert relay.recipients == ["anna.rossi@example.com"]
        assert [message["channel"] for message in outbox(bridge.url)] == ["mobile"]


def test_the_bridge_is_ready_once_its_worker_is_and_no_longer_when_it_has_stopped(
    databases: Databases,
) -> None:
    with running(databases()) as bridge:
        assert requests.get(f"{bridge.url}/readyz", timeout=5).json()["parts"]["worker"] == "ok"
        bridge.worker.send_signal(signal.SIGTERM)
        assert bridge.worker.wait(20) == 0
        answer = requests.get(f"{bridge.url}/readyz", timeout=5)
        assert (answer.status_code, answer.json()["parts"]["worker"]) == (503, "failed")
        assert requests.get(f"{bridge.url}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize("module", ["sms_gateway_bridge", "sms_gateway_bridge.worker"])
def test_a_missing_secret_ends_the_process_with_one_sentence(running_bridge: RunningBridge, module: str) -> None:
    environment = {name: value for name, value in running_bridge.environment.items() if name != "SMS_BRIDGE_HASH_KEY"}
    ended = subprocess.run(
        [sys.executable, "-m", module], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == f"{module}: SMS_BRIDGE_HASH_KEY is not set\n"
