"""Schema migrations of the bridge's database, with a version table of their own (``alembic_version_bridge``)."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError

VERSION_TABLE = "alembic_version_bridge"
# Any constant that nothing else in this database uses for an advisory lock.
_MIGRATION_LOCK = 0x41434D33


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema, creating it if needed.

    Safe to repeat, and to run from several processes at once: one does it, the others wait.
    """
    database = Database(url, longest_transaction_s=None)
    config = _config()
    try:
        with database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


def is_current(connection: Connection) -> bool:
    """Whether the database holds the schema this version of the bridge expects."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return set(context.get_current_heads()) == set(ScriptDirectory.from_config(_config()).get_heads())


def wait_until_current(database: Database, *, timeout_s: float = 120) -> None:
    """Return once the schema is the expected one; `ConfigurationError` if that takes longer than ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with database.read() as connection:
                current = is_current(connection)
        except UnavailableError:
            current = False
        if current:
            return
        if time.monotonic() > deadline:
            raise ConfigurationError("the bridge's database does not hold the expected schema: migrate it first")
        time.sleep(0.2)


def main() -> None:
    """``python -m sms_gateway_bridge.db.upgrade``: migrate the configured database."""
    import os  # noqa: PLC0415  (only for the command line)

    url = os.environ.get("SMS_BRIDGE_DATABASE_URL")
    if not url:
        raise SystemExit("SMS_BRIDGE_DATABASE_URL is not set")
    upgrade(url)


if __name__ == "__main__":
    main()
