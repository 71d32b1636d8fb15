"""Alembic's entry: runs the portal's migrations on the connection that :func:`schema.upgrade` hands over."""

from alembic import context

from adapters.flask_portal.repository.schema import VERSION_TABLE
from adapters.flask_portal.repository.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
