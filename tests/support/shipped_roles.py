"""The databases and roles of an installation, as `docker/postgres/10-databases.sh` makes them, on a server of ours."""

from __future__ import annotations

import re
from typing import LiteralString, cast

import psycopg
from sqlalchemy import make_url

from area_clienti.layout import PROJECT
from area_clienti.migrate import TARGETS, migrate
from tests.support.postgres import PostgresServer

DATABASES = {"directory": "area_clienti", "bridge": "sms_bridge"}
_SCRIPT = PROJECT / "docker" / "postgres" / "10-databases.sh"


def make_roles(server: PostgresServer) -> None:
    """Run the script's statements; the password of every role is its own name."""
    (statements,) = re.findall(r"<<'SQL'\n(.*)\nSQL\n", _SCRIPT.read_text("utf-8"), re.DOTALL)
    statements = re.sub(r"(?m)^\\getenv .*\n", "", statements)
    statements = re.sub(r":'(\w+)'", r"'\1'", statements)
    first, *others = re.split(r"(?m)^\\connect (\w+)$", statements)
    for database, part in [("postgres", first), *zip(others[::2], others[1::2], strict=True)]:
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            for statement in filter(str.strip, part.split(";")):
                connection.execute(cast("LiteralString", statement))


def migrated(server: PostgresServer, part: str) -> list[str]:
    """Bring the part's database (`TARGETS`) to its schema as its owner does; the roles that have their privileges."""
    target, owner, database = TARGETS[part], f"{part}_owner", DATABASES[part]
    return migrate(target, {target.url_variable: url_as(server, owner, database)})


def url_as(server: PostgresServer, role: str, database: str) -> str:
    """The address of a database for one of these roles."""
    url = make_url(server.url(database)).set(username=role, password=role)
    return url.render_as_string(hide_password=False)
