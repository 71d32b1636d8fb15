"""Runs the directory's migrations on the connection that `upgrade` hands over."""

from alembic import context

from provisioning.directory.engine import VERSION_TABLE
from provisioning.directory.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=lambda name, kind, _parents: kind != "table" or (name or "").startswith("directory_"),
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
