"""`area-clienti migrate`: brings one database to the newest schema, as the role that owns it.

On PostgreSQL the parts themselves sign in with roles that own nothing; which role may do what with which table stands
here. Roles that do not exist are passed over, so that an installation with a single role works, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from adapters.flask_portal import repository as portal_tables
from adapters.flask_portal.repository.tables import domiciles
from adapters.flask_portal.repository.tables import metadata as portal_metadata
from area_clienti.errors import AreaClientiError, StackError
from provisioning import directory
from provisioning.directory.models import Base
from sms_gateway_bridge.db import upgrade as bridge_tables
from sms_gateway_bridge.db.tables import metadata as bridge_metadata

_READ = "SELECT"
_USE = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True)
class Target:
    """A database: the variable of its URL, its migrations, and the privileges of the roles that use it, by table.

    ``staging``: the roles that copy rows into temporary tables first.
    """

    url_variable: str
    upgrades: tuple[Callable[[str], None], ...]
    privileges: Mapping[str, Mapping[str, str]]
    staging: frozenset[str] = frozenset()


def _all(metadata: MetaData, privileges: str) -> dict[str, str]:
    return dict.fromkeys(metadata.tables, privileges)


TARGETS: Mapping[str, Target] = {
    "directory": Target(
        "AREA_CLIENTI_DATABASE_URL",
        (directory.upgrade, portal_tables.upgrade),
        {
            "portal": _all(portal_metadata, _USE) | _all(Base.metadata, _READ),
            # It looks at the version of the tables before it writes into them.
            "provisioning": _all(Base.metadata, _USE)
            | {"alembic_version_directory": _READ}
            # What customers wrote, to export it for the agency.
            | {domiciles.name: _READ},
        },
        staging=frozenset({"provisioning"}),
    ),
    "bridge": Target(
        "SMS_BRIDGE_DATABASE_URL",
        (bridge_tables.upgrade,),
        {"bridge": _all(bridge_metadata, _USE) | {bridge_tables.VERSION_TABLE: _READ}},
    ),
}


def migrate(target: Target, environment: Mapping[str, str]) -> list[str]:
    """Apply every migration not applied yet, then the privileges; the names of the roles that have theirs.

    Raises `AreaClientiError` when the URL is not set, `StackError` when the database does not answer or refuses.
    """
    url = environment.get(target.url_variable, "")
    if not url:
        raise AreaClientiError(f"{target.url_variable} is not set.")
    try:
        for upgrade in target.upgrades:
            upgrade(url)
        return _grant(url, target)
    except DBAPIError as error:
        # The driver's own text may hold the address and the statement.
        raise StackError(f"The database at {target.url_variable} refused ({type(error.orig).__name__}).") from None


def _grant(url: str, target: Target) -> list[str]:
    if make_url(url).get_backend_name() != "postgresql":
        return []
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            present = _roles(connection, target.privileges)
            database = connection.dialect.identifier_preparer.quote(str(engine.url.database))
            for role in present:
                if role in target.staging:
                    connection.exec_driver_sql(f'GRANT TEMPORARY ON DATABASE {database} TO "{role}"')
                for table, allowed in target.privileges[role].items():
                    connection.exec_driver_sql(f'REVOKE ALL ON TABLE "{table}" FROM "{role}"')
                    connection.exec_driver_sql(f'GRANT {allowed} ON TABLE "{table}" TO "{role}"')
                connection.exec_driver_sql(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
            return present
    finally:
        engine.dispose()


def _roles(connection: Connection, wanted: Iterable[str]) -> list[str]:
    # The owner itself is no role to grant to: it would take privileges away from itself.
    query = text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:wanted) AND rolname <> current_user")
    return sorted(connection.scalars(query, {"wanted": list(wanted)}))
