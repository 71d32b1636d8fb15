"""``python -m sms_gateway_bridge.alive``: exit 0 while a worker of this host shows signs of life, 1 otherwise.

The health check of a worker's container, whose host name is its own. A worker that cannot reach its database cannot
do its work, and is not alive in this sense.
"""

from __future__ import annotations

import os
import sys

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError
from sms_gateway_bridge.heartbeats import alive_on


def main() -> int:
    """Look for a fresh heartbeat of a worker of this host."""
    try:
        database = Database(os.environ.get("SMS_BRIDGE_DATABASE_URL", ""), pool_size=1)
        with database.read() as connection:
            found = alive_on(connection, database.now_ms(connection))
        database.close()
    except (ConfigurationError, UnavailableError) as error:
        sys.stderr.write(f"sms_gateway_bridge.alive: {error}\n")
        return 1
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
