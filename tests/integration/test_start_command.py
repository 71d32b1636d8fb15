"""`area-clienti up` as a person uses it: a busy port, Ctrl-C, a second start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.support.customers import KeycloakApi, provision, register
from tests.support.stack import PROJECT, running_stack

pytestmark = pytest.mark.keycloak


def _processes_of(run_dir: Path) -> list[str]:
    """Command lines of living processes whose environment or command names the run folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(run_dir).encode() in told and int(process.name) != os.getpid():
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_a_busy_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = os.environ | {"AREA_CLIENTI_RUN_DIR": str(tmp_path), "AREA_CLIENTI_KEYCLOAK_PORT": port}
        command = [sys.executable, "-m", "area_clienti", "up"]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert f"Port {port} (keycloak) is in use" in said
    assert "AREA_CLIENTI_KEYCLOAK_PORT" in said
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "secrets.env").exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to look for processes left behind")
def test_ctrl_c_leaves_no_process_and_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    with running_stack(run_dir) as first:
        customer = provision(first)
        register(first, customer)
        assert len(_processes_of(run_dir)) >= 4
        os.kill(first.pid, signal.SIGINT)
        deadline = time.monotonic() + 20
        while _processes_of(run_dir) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _processes_of(run_dir) == []
        assert not first.endpoints_file.exists()
        ports = first.ports
    with running_stack(run_dir, fresh=False, ports=ports) as second:
        view = KeycloakApi(second, "generali", "portal").request("GET", f"customers/{customer.code}").json()
        assert view["registered"] is True
        assert requests.get(f"{second.portal}/generali/", timeout=10).status_code == 200
        assert "nothing to write" in (run_dir / "log" / "first-sync.log").read_text()


def test_keycloak_serves_no_realm_whose_secret_anybody_could_guess(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    (run_dir / "secrets.env").write_text("PORTAL_CLIENT_SECRET_GENERALI=changeme\n")
    with pytest.raises(RuntimeError, match="stopped by itself"), running_stack(run_dir, fresh=False):
        pass
    log = (run_dir / "log" / "stack.log").read_text()
    assert "PORTAL_CLIENT_SECRET_GENERALI" in log
    assert "changeme" not in log
    assert _processes_of(run_dir) == []
