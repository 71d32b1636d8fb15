"""A disk on which nothing more can be written: an honest 503, nothing acknowledged is lost, and recovery by itself."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests
from psycopg.sql import SQL, Identifier, Literal

from tests.integration.bridge.test_running_bridge import RunningBridge, running
from tests.support.bridge_client import outbox
from tests.support.postgres import PostgresServer

pytestmark = [
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of other processes are Linux's"),
    pytest.mark.timeout(120),
]
_SMALL = "64m"
_MOST = 2000
"""Messages after which a full disk must have refused one: tables have room left in their last pages."""


def let_files_grow(bridge: RunningBridge, *, to: int) -> None:
    """Let both processes write no further than so many bytes into any file; -1: as far as they want."""
    for process in bridge.processes:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (to, -1))  # type: ignore[attr-defined]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own, which can be filled without harm to anybody else's."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL},mode=0777", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        folder.rmdir()
        pytest.skip("a small disk to fill can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    """Leave nothing free; returns the file to remove for it."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free)
    return filler


@contextmanager
def database_on(server: PostgresServer, disk: Path) -> Iterator[str]:
    """A database whose tables are on that disk; the server's log of writes is elsewhere, and so the server goes on."""
    place = disk / "tables"
    place.mkdir()
    owner = server.folder.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    name = f"small_{os.getpid()}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(SQL("CREATE TABLESPACE {} LOCATION {}").format(Identifier(name), Literal(str(place))))
        try:
            connection.execute(SQL("CREATE DATABASE {0} TABLESPACE {0}").format(Identifier(name)))
            yield server.url(name)
        finally:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            connection.execute(SQL("DROP TABLESPACE {}").format(Identifier(name)))


def post(bridge: RunningBridge, number: int) -> int:
    answer = bridge.client("portal").send_message(f"key-{number}", to=f"n{number}@example.com")
    if answer.status == 503:
        assert answer.json()["code"] == "unavailable"
        assert "retry-after" in answer.headers
    return answer.status


def until_refused(ask: Callable[[int], int], first: int) -> int:
    """Ask on until the answer is 503, where it was 202; returns which one that was."""
    for number in range(first, _MOST):
        status = ask(number)
        if status == 503:
            return number
        assert status == 202
    raise AssertionError(f"{_MOST} messages fit onto a full disk")


def arrived(bridge: RunningBridge, count: int) -> Counter[str]:
    """How often each contact got a message, once that many did."""
    deadline = time.monotonic() + 40
    while True:
        found = Counter(message["to"] for message in outbox(bridge.url))
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count} arrived"
        time.sleep(0.1)


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/bridge.db") as bridge:
        accepted = [number for number in range(10) if post(bridge, number) == 202]
        assert len(accepted) == 10
        let_files_grow(bridge, to=0)
        assert {post(bridge, number) for number in range(10, 15)} == {503}
        assert bridge.client("keycloak").start().status == 503
        assert requests.get(f"{bridge.url}/healthz", timeout=5).status_code == 200
        let_files_grow(bridge, to=-1)
        # Whoever was refused asks again, and so does whoever is not sure.
        assert {post(bridge, number) for number in range(15)} == {202}
        assert arrived(bridge, 15) == Counter({f"n{number}@example.com": 1 for number in range(15)})
        verification = bridge.client("keycloak").start(to="+393201110077").json()["id"]
        assert bridge.client("keycloak").show(verification).json()["status"] == "pending"


def test_a_full_disk_below_postgresql_refuses_and_loses_nothing(postgres: PostgresServer) -> None:
    # Below the server's own folder: nobody else's may be entered by its account.
    with small_disk(postgres.folder / "small") as disk, database_on(postgres, disk) as url, running(url) as bridge:
        assert {post(bridge, number) for number in range(10)} == {202}
        filler = fill(disk)
        refused = until_refused(lambda number: post(bridge, number), 10)
        assert requests.get(f"{bridge.url}/healthz", timeout=5).status_code == 200
        filler.unlink()
        assert {post(bridge, number) for number in range(refused + 1)} == {202}
        assert arrived(bridge, refused + 1) == Counter({f"n{number}@example.com": 1 for number in range(refused + 1)})
        assert bridge.client("keycloak").start(to="+393201110077").status == 201
