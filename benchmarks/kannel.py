"""Kannel as a peer: its two boxes between an HTTP client and an SMSC, with a spool on disk (Debian: kannel)."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.integration.bridge.smsc import BEARERBOX_PORT
from tests.support.ports import free_ports

_PROGRAMS = ("bearerbox", "smsbox")
_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = {password}
smsbox-port = {boxes}
log-level = 4
store-type = spool
store-location = {spool}

group = smsc
smsc = smpp
host = 127.0.0.1
port = {smsc}
smsc-username = foo
smsc-password = bar
system-type = VMA
max-pending-submits = {window}
log-level = 4

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-level = 4

group = sendsms-user
username = us
password = {password}
"""


@dataclass
class Kannel:
    """Two running boxes; ``http`` is the port of sendsms."""

    http: int
    admin: int
    password: str
    processes: Sequence[subprocess.Popen[bytes]]

    def request(self, to: str, text: str) -> bytes:
        """The HTTP request that sends one message."""
        path = f"/cgi-bin/sendsms?username=us&password={self.password}&from=Generali&to={quote(to)}&text={quote(text)}"
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n".encode()

    @property
    def sent(self) -> int:
        """How many messages the SMSC has taken."""
        found = re.search(r"<sms>.*?<sent><total>(\d+)", self._status(), re.DOTALL)
        return int(found.group(1)) if found else 0

    @property
    def is_bound(self) -> bool:
        """Whether the SMSC and smsbox are there."""
        status = self._status()
        return "<status>online" in status and "<type>smsbox" in status

    def _status(self) -> str:
        address = f"http://127.0.0.1:{self.admin}/status.xml?password={self.password}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""


def is_installed() -> bool:
    """Whether Kannel can be the peer here."""
    return all(shutil.which(program, path="/usr/sbin:/usr/bin") for program in _PROGRAMS)


@contextmanager
def running_kannel(folder: Path, smsc_port: int, window: int) -> Iterator[Kannel]:
    """Kannel on free ports, bound to an SMSC, for as long as the block lasts."""
    admin, http = free_ports(2)
    spool = folder / "spool"
    spool.mkdir()
    password = "benchmark"  # noqa: S105  (of a server that lasts for a minute)
    written = _CONFIGURATION.format(
        admin=admin, boxes=BEARERBOX_PORT, http=http, smsc=smsc_port, window=window, spool=spool, password=password
    )
    (folder / "kannel.conf").write_text(written)
    processes: list[subprocess.Popen[bytes]] = []
    kannel = Kannel(http, admin, password, processes)
    try:
        for program in _PROGRAMS:
            path = shutil.which(program, path="/usr/sbin:/usr/bin") or program
            command = [path, "-v", "4", str(folder / "kannel.conf")]
            processes.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
            )
            time.sleep(1)
        deadline = time.monotonic() + 30
        while not kannel.is_bound:
            assert time.monotonic() < deadline, "Kannel did not bind"
            time.sleep(0.2)
        yield kannel
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
