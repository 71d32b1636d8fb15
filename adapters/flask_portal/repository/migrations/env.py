"""Alembic's entry: runs the portal's migrations on the URL given by :func:`schema.upgrade`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from adapters.flask_portal.repository.schema import VERSION_TABLE
from adapters.flask_portal.repository.tables import metadata

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
