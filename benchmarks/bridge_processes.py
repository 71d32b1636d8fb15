"""The bridge and its workers as processes of their own, as `docker-compose.yml` runs them, with an SMSC to send to."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import text

from benchmarks.machine import peak_mib
from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.keys import new_caller_key
from tests.support.bridge_client import BridgeClient, over_http
from tests.support.bridge_process import bridge_environment
from tests.support.ports import free_ports
from tests.support.stack import PROJECT

_DECLARATION = PROJECT / "docs" / "sms-gateways" / "smpp.toml"


@dataclass
class RunningBridge:
    """One bridge, its workers, and a way to look into their database."""

    port: int
    keys: dict[str, str]
    database: Database
    processes: list[subprocess.Popen[bytes]]

    def request(self, caller: str, path: str, body: bytes, **headers: str) -> bytes:
        """A signed request as it goes over the line; good for five minutes."""
        client = BridgeClient(over_http(f"http://127.0.0.1:{self.port}"), caller, self.keys[caller])
        signed = client.headers("POST", path, body) | {name.replace("_", "-"): one for name, one in headers.items()}
        lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in signed.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    @property
    def unsent(self) -> int:
        """Messages that are queued or on their way to the SMSC."""
        return self._count("state IN ('queued', 'sending')")

    @property
    def sent(self) -> int:
        """Messages that the SMSC has taken."""
        return self._count("state IN ('sent', 'delivered')")

    @property
    def delivered(self) -> int:
        """Messages that a receipt says have arrived."""
        return self._count("state = 'delivered'")

    def _count(self, condition: str) -> int:
        with self.database.read() as connection:
            query = f"SELECT count(*) FROM messages WHERE {condition}"
            return int(connection.execute(text(query)).scalar_one())

    @property
    def peak_mib(self) -> list[int]:
        """The most memory each process has held: the bridge's first."""
        return [peak_mib(process.pid) for process in self.processes]


@contextmanager
def running_bridge(
    folder: Path, database_url: str, smsc_port: int, *, workers: int, window: int, bind: str = "transmitter"
) -> Iterator[RunningBridge]:
    """A bridge on a free port, with so many workers, for as long as the block lasts. No budget holds anything back."""
    folder.mkdir()
    gateway = folder / "smsc.toml"
    gateway.write_text(_declared(smsc_port, window, bind))
    (port,) = free_ports(1)
    keys = {caller: new_caller_key() for caller in ("keycloak", "portal", "worker")}
    environment = {
        **bridge_environment(database_url, port, keys),
        "SMS_BRIDGE_SMS_GATEWAY_FILE": str(gateway),
        "SMS_BRIDGE_SMS_GATEWAY_SECRET": "bar",
        "SMS_BRIDGE_SMS_COST_CENTS": "0",
    }
    upgrade(database_url)
    modules = ["sms_gateway_bridge", *["sms_gateway_bridge.worker"] * workers]
    processes = [
        subprocess.Popen([sys.executable, "-m", module], env=environment, stdout=subprocess.DEVNULL)
        for module in modules
    ]
    bridge = RunningBridge(port, keys, Database(database_url, pool_size=2), processes)
    try:
        _await_ready(bridge, workers)
        yield bridge
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(40)
        bridge.database.close()


def _await_ready(bridge: RunningBridge, workers: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        with bridge.database.read() as connection:
            bound = connection.execute(text("SELECT count(*) FROM provider_reports WHERE ready")).scalar_one()
        try:
            ready = requests.get(f"http://127.0.0.1:{bridge.port}/readyz", timeout=5).status_code == 200
        except requests.ConnectionError:
            ready = False
        if ready and bound >= workers:
            return
        assert time.monotonic() < deadline, "the bridge did not become ready"
        time.sleep(0.2)


def _declared(port: int, window: int, bind: str) -> str:
    written = _DECLARATION.read_text(encoding="utf-8")
    for name, value in (
        ("host", '"127.0.0.1"'),
        ("port", str(port)),
        ("system_id", '"foo"'),
        ("bind", f'"{bind}"'),
        ("window", str(window)),
    ):
        written, changed = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", written)
        assert changed == 1, name
    return written
