"""Bring the portal's tables to their newest form (Alembic, version table ``alembic_version_portal``)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from adapters.flask_portal.repository.engine import open_engine

VERSION_TABLE = "alembic_version_portal"
# Any constant that nothing else in this database uses for an advisory lock.
_MIGRATION_LOCK = 0x41434D32


def upgrade(url: str) -> None:
    """Apply every migration not applied yet to the database at this SQLAlchemy URL.

    Safe to run from several processes at once: one does it, the others wait.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
