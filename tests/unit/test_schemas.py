"""The three schemas: what the migrations make is what the models say, on both engines, forwards and back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect

import adapters.flask_portal.repository as portal_repository
import sms_gateway_bridge.db.upgrade as bridge_schema
from adapters.flask_portal.repository import schema as portal_schema
from adapters.flask_portal.repository import tables as portal_tables
from provisioning import directory
from provisioning.directory import engine as directory_engine
from provisioning.directory.models import Base
from sms_gateway_bridge.db import tables as bridge_tables
from sms_gateway_bridge.db.engine import Database
from tests.support.databases import Databases


@dataclass(frozen=True)
class Schema:
    """A part's tables, its migrations, and its own way to a database."""

    metadata: MetaData
    upgrade: Callable[[str], None]
    open_engine: Callable[[str], Engine]
    migrations: Path
    version_table: str

    def config(self, connection: Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.migrations))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        return config


SCHEMAS = {
    "directory": Schema(
        Base.metadata,
        directory.upgrade,
        directory.open_engine,
        Path(directory_engine.__file__).parent / "migrations",
        directory_engine.VERSION_TABLE,
    ),
    "portal": Schema(
        portal_tables.metadata,
        portal_repository.upgrade,
        portal_repository.open_engine,
        Path(portal_schema.__file__).parent / "migrations",
        portal_schema.VERSION_TABLE,
    ),
    "bridge": Schema(
        bridge_tables.metadata,
        bridge_schema.upgrade,
        lambda url: Database(url).engine,
        Path(bridge_schema.__file__).parent / "migrations",
        bridge_schema.VERSION_TABLE,
    ),
}


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> Schema:
    return SCHEMAS[request.param]


def differences(schema: Schema, url: str) -> list[object]:
    engine = schema.open_engine(url)
    options = {
        "version_table": schema.version_table,
        "compare_type": True,
        "include_name": lambda name, kind, _parents: kind != "table" or name in schema.metadata.tables,
    }
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata)
    engine.dispose()
    return list(found)


def tables_in(schema: Schema, url: str) -> set[str]:
    engine = schema.open_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_what_the_migrations_make_is_what_the_models_say(schema: Schema, databases: Databases) -> None:
    url = databases(schema.upgrade)
    assert tables_in(schema, url) == {*schema.metadata.tables, schema.version_table}
    assert differences(schema, url) == []


def test_every_migration_can_be_taken_back_and_applied_again(schema: Schema, databases: Databases) -> None:
    url = databases(schema.upgrade)
    engine = schema.open_engine(url)
    script = ScriptDirectory.from_config(schema.config())
    for revision in script.walk_revisions():
        with engine.begin() as connection:
            command.downgrade(schema.config(connection), revision.down_revision or "base")
    engine.dispose()
    assert tables_in(schema, url) == {schema.version_table}
    schema.upgrade(url)
    assert differences(schema, url) == []


def test_directory_and_portal_share_one_database(databases: Databases) -> None:
    url = databases(SCHEMAS["directory"].upgrade)
    SCHEMAS["portal"].upgrade(url)
    assert differences(SCHEMAS["directory"], url) == []
    assert differences(SCHEMAS["portal"], url) == []


def test_processes_that_migrate_at_once_on_postgresql_do_it_once(schema: Schema, postgres: object) -> None:
    from tests.support.postgres import PostgresServer

    assert isinstance(postgres, PostgresServer)
    url = postgres.new_url()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(schema.upgrade, [url] * 4))
    assert differences(schema, url) == []
    postgres.drop(url)
