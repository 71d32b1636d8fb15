"""Bring the portal's tables to their newest form (Alembic, version table ``alembic_version_portal``)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

VERSION_TABLE = "alembic_version_portal"


def upgrade(url: str) -> None:
    """Apply every migration not applied yet to the database at this SQLAlchemy URL."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, "head")
