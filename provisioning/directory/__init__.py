"""The directory: what the agencies know of their customers, as the last delivery left it.

Provisioning writes it (`provisioning.sync`); the portal reads it through `provisioning.directory.queries` alone.
"""

from provisioning.directory.engine import open_engine, upgrade

__all__ = ["open_engine", "upgrade"]
