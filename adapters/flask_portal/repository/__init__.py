"""The portal's own database tables and the stores that read and write them."""

from adapters.flask_portal.repository.engine import is_unavailable, open_engine
from adapters.flask_portal.repository.schema import upgrade

__all__ = ["is_unavailable", "open_engine", "upgrade"]
