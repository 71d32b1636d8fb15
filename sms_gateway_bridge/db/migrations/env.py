"""Alembic environment: runs on the connection that :func:`sms_gateway_bridge.db.upgrade.upgrade` hands over."""

from alembic import context

from sms_gateway_bridge.db.tables import metadata
from sms_gateway_bridge.db.upgrade import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
