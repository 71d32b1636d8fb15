"""``python -m sms_gateway_bridge``: serve the HTTP interface. Exit code 2 when the configuration does not allow it."""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace

import uvicorn

from sms_gateway_bridge import logs
from sms_gateway_bridge.app import create_app
from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.upgrade import wait_until_current
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.settings import load_bridge_settings

EXIT_CONFIGURATION = 2


def main() -> int:
    """Read the environment, wait for the migrated schema, serve until told to stop."""
    parser = argparse.ArgumentParser(prog="sms_gateway_bridge", description="Serve the SMS gateway bridge.")
    parser.add_argument("--host", help="address to listen on (SMS_BRIDGE_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (SMS_BRIDGE_PORT, 8200)")
    arguments = parser.parse_args()
    try:
        settings = load_bridge_settings()
        settings = replace(settings, host=arguments.host or settings.host, port=arguments.port or settings.port)
        logs.configure("sms-bridge", settings.log_level)
        app = create_app(settings)
        database = Database(settings.database_url)
        wait_until_current(database)
        database.close()
    except ConfigurationError as error:
        sys.stderr.write(f"sms_gateway_bridge: {error}\n")
        return EXIT_CONFIGURATION
    # What was built by now stays until the end: looking through it again and again was a tenth of all work.
    gc.freeze()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        # Whose address counts is said by the signed body, never by a header of the connection.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
