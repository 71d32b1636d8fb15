"""Where the local stack listens: on this machine's loopback address, and nowhere else (SECURITY C2).

The four ports are Keycloak, its management, portal and bridge; the embedded database adds one of its own.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.stack import Stack

pytestmark = [
    pytest.mark.keycloak,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc to see who listens where"),
]


def _sockets_of(run_dir: Path) -> set[str]:
    """Inodes of the sockets of every process of the stack."""
    inodes: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(run_dir).encode() not in (process / "environ").read_bytes() + (process / "cmdline").read_bytes():
                continue
            descriptors = list((process / "fd").iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            # Files are closed while they are looked at.
            with suppress(OSError):
                found = re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink()))
                inodes |= {found.group(1)} if found else set()
    return inodes


def _listening(inodes: set[str]) -> set[tuple[str, int]]:
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                packed, port = fields[1].split(":")
                words = [bytes.fromhex(packed[start : start + 8])[::-1] for start in range(0, len(packed), 8)]
                address = ipaddress.ip_address(b"".join(words))
                mapped = getattr(address, "ipv4_mapped", None)
                found.add((str(mapped or address), int(port, 16)))
    return found


def test_everything_listens_on_the_loopback_address_alone(stack: Stack) -> None:
    inodes = _sockets_of(stack.run_dir)
    listening = _listening(inodes)
    ports = {urlsplit(address).port for address in (stack.keycloak, stack.portal, stack.bridge)}
    assert ports <= {port for _, port in listening}
    assert {address for address, _ in listening} == {"127.0.0.1"}


def test_metrics_and_health_of_keycloak_are_not_on_its_public_port(stack: Stack) -> None:
    for path in ("/metrics", "/health", "/health/ready"):
        assert requests.get(stack.keycloak + path, timeout=10).status_code == 404
