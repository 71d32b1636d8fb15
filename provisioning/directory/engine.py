"""The directory's database: opening it and bringing its tables up to date."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url, text

VERSION_TABLE = "alembic_version_directory"
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS = 10_000
# A peer that vanished without a word is noticed within seconds; a delivery's own statements may take their time.
_POSTGRESQL = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# Any constant that nothing else in this database uses for an advisory lock.
_MIGRATION_LOCK = 0x41434D31


def open_engine(url: str) -> Engine:
    """Return an engine for ``sqlite:///…`` or ``postgresql://…``.

    SQLite with write-ahead log, foreign keys and a busy timeout. Errors never carry the values of a statement.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        psycopg = parsed.set(drivername="postgresql+psycopg")
        return create_engine(psycopg, hide_parameters=True, pool_pre_ping=True, connect_args=_POSTGRESQL)
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "synchronous = NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def upgrade(url: str) -> None:
    """Create the directory's tables or bring them to the newest version; does nothing when they are.

    Safe to run from several processes at once: one does it, the others wait.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
