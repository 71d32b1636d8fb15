"""What the bridge's processes are told when a test or a benchmark starts them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sms_gateway_bridge.keys import new_hash_key, new_proof_keys
from tests.support.stack import PROJECT


def bridge_environment(database_url: str, port: int, keys: Mapping[str, str]) -> dict[str, str]:
    """A development bridge on this database and port, with new secrets and these callers' keys."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "AREA_CLIENTI_ENV": "development",
        "SMS_BRIDGE_DATABASE_URL": database_url,
        "SMS_BRIDGE_URL": f"http://127.0.0.1:{port}",
        "SMS_BRIDGE_PORT": str(port),
        "SMS_BRIDGE_HASH_KEY": new_hash_key(),
        "SMS_BRIDGE_PROOF_KEYS": new_proof_keys(),
        "SMS_BRIDGE_LINK_ORIGINS": "http://127.0.0.1:5000",
        **{f"SMS_BRIDGE_KEY_{caller.upper()}": key for caller, key in keys.items()},
    }
