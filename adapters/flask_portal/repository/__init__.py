"""The portal's own database tables and the stores that read and write them."""

from adapters.flask_portal.repository.engine import open_engine
from adapters.flask_portal.repository.schema import upgrade

__all__ = ["open_engine", "upgrade"]
