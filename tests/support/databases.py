"""Databases for tests, alike on both engines: migrated once a session, and copied for every use."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from tests.support.postgres import PostgresServer, dump

Prepare = Callable[[str], None]


class Databases(Protocol):
    """Makes databases on one engine."""

    engine: str

    def __call__(self, prepare: Prepare | None = None) -> str:
        """The URL of a new database, as ``prepare``, called with such a URL, leaves it; empty without."""
        ...

    def everything_in(self, url: str) -> str:
        """All a database holds, as text, binary columns too."""
        ...

    def close(self) -> None:
        """Remove them all."""
        ...


class SqliteDatabases:
    """Files in a folder; ``templates`` is shared by a session."""

    engine = "sqlite"

    def __init__(self, folder: Path, templates: Path) -> None:
        self._folder = folder
        self._templates = templates

    def __call__(self, prepare: Prepare | None = None) -> str:
        target = self._folder / f"{uuid.uuid4().hex}.db"
        if prepare is not None:
            template = self._templates / f"{prepare.__module__}.{prepare.__qualname__}.db"
            if not template.exists():
                prepare(f"sqlite:///{template}")
            shutil.copy(template, target)
        return f"sqlite:///{target}"

    def everything_in(self, url: str) -> str:
        return text_of_sqlite(Path(str(make_url(url).database)))

    def close(self) -> None:
        """The folder is the test's own."""


class PostgresDatabases:
    """Databases on the session's server."""

    engine = "postgresql"

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._made: list[str] = []

    def __call__(self, prepare: Prepare | None = None) -> str:
        url = self._server.new_url(prepare)
        self._made.append(url)
        return url

    def everything_in(self, url: str) -> str:
        return dump(url)

    def close(self) -> None:
        for url in self._made:
            self._server.drop(url)


# Rows that Keycloak inserts together are one statement, as docker-compose.yml has it.
_TOGETHER = "?reWriteBatchedInserts=true"


@dataclass(frozen=True)
class StackDatabases:
    """The addresses of a stack's three databases on PostgreSQL, as the Python parts take them."""

    keycloak: str
    area_clienti: str
    bridge: str

    @classmethod
    def on(cls, server: PostgresServer) -> StackDatabases:
        """Three new, empty ones."""
        return cls(*(server.url(server.new_database(name)) for name in cls.__dataclass_fields__))

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> StackDatabases | None:
        """Those a stack was started with, None where it was left to the embedded ones."""
        if environment.get("KC_DB") != "postgres":
            return None
        address = make_url(environment["KC_DB_URL"].removeprefix("jdbc:").removesuffix(_TOGETHER))
        keycloak = address.set(username=environment["KC_DB_USERNAME"], password=environment["KC_DB_PASSWORD"])
        url = keycloak.render_as_string(hide_password=False)
        return cls(url, environment["AREA_CLIENTI_DATABASE_URL"], environment["SMS_BRIDGE_DATABASE_URL"])

    @property
    def environment(self) -> dict[str, str]:
        """What `area-clienti up` is told."""
        keycloak = make_url(self.keycloak)
        return {
            "AREA_CLIENTI_DATABASE_URL": self.area_clienti,
            "SMS_BRIDGE_DATABASE_URL": self.bridge,
            "KC_DB": "postgres",
            "KC_DB_URL": f"jdbc:postgresql://{keycloak.host}:{keycloak.port}/{keycloak.database}{_TOGETHER}",
            "KC_DB_USERNAME": str(keycloak.username),
            "KC_DB_PASSWORD": str(keycloak.password),
        }

    def everything(self) -> dict[str, str]:
        """What each of them holds, by name."""
        return {name: dump(getattr(self, name)) for name in self.__dataclass_fields__}


def everything_embedded(run_dir: Path) -> dict[str, str]:
    """What the embedded databases of a stack hold, by name; Keycloak's as the raw files of H2."""
    files = sorted((run_dir / "keycloak-data" / "h2").iterdir())
    return {
        "keycloak": b"".join(file.read_bytes() for file in files).decode("latin-1"),
        "area_clienti": text_of_sqlite(run_dir / "area-clienti.db"),
        "bridge": text_of_sqlite(run_dir / "bridge.db"),
    }


def text_of_sqlite(database: Path) -> str:
    """A dump, the texts in binary columns, and the raw file with its log, where deleted rows may still stand."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    files = [database, database.with_name(database.name + "-wal")]
    raw = b"".join(file.read_bytes() for file in files if file.exists())
    return dump + raw.decode("latin-1")
