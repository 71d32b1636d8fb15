"""The served portal: visitors who never end what they send take no thread, and the answers name no server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.support.stack import free_ports
from tests.unit.portal.conftest import ROOT, seeded
from tests.unit.portal.test_settings_and_texts import ENVIRONMENT

_START_LIMIT_S = 60
_SLOW = 40


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A portal of its own process, with two threads."""
    database = f"sqlite:///{tmp_path / 'portal.db'}"
    seeded(database)
    (port,) = free_ports(1)
    environment = ENVIRONMENT | {
        "AREA_CLIENTI_ENV": "development",
        "AREA_CLIENTI_DATABASE_URL": database,
        "PORTAL_CLIENT_SECRET_ALLEANZA": "secret",
        "PORTAL_PORT": str(port),
        "PORTAL_THREADS": "2",
        "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen([sys.executable, "-m", "adapters.flask_portal"], env=environment, cwd=ROOT) as process:
        try:
            _await(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def _await(url: str) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            requests.get(url, timeout=5)
        except requests.RequestException:
            assert time.monotonic() < deadline, "the portal did not start"
            time.sleep(0.1)
        else:
            return


def test_slow_visitors_do_not_keep_others_waiting(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    head = f"POST /generali/registrazione HTTP/1.1\r\nHost: {host}:{port}\r\n".encode()
    with ExitStack() as held:
        for number in range(_SLOW):
            slow = held.enter_context(socket.create_connection((host, int(port)), timeout=5))
            slow.sendall(head if number % 2 else head + b"Content-Length: 1000\r\n\r\nkind=")
        for path in ("/healthz", "/generali/", "/generali/registrazione"):
            answer = requests.get(address + path, timeout=10)
            assert answer.status_code == 200
            assert "Server" not in answer.headers
            assert answer.headers["Content-Security-Policy"]


def test_what_is_too_large_is_refused_before_it_is_read(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"POST /generali/registrazione HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {10**9}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")
