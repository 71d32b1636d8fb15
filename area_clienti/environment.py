"""The environment of each process of a local stack: what it needs, and no other part's secrets.

Names and meaning: docs/contracts.md, "Environment".
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from area_clienti.errors import AreaClientiError, PortInUseError
from area_clienti.layout import Layout
from area_clienti.secrets_file import CALLERS, CLIENTS
from domain.brands import variable_suffix

_HOST = "127.0.0.1"
# What the realm file knows of a relay.
_SMTP = ("HOST", "PORT", "FROM", "STARTTLS", "SSL", "AUTH", "USER", "PASSWORD")
# Once a day and not at night, for it writes to customers; whoever is due has a turn, however many they are.
_WORKFLOWS = {
    "KC_SPI_EVENTS_LISTENER__WORKFLOW_EVENT_LISTENER__STEP_RUNNER_TASK_START_TIME": "09:00",
    "KC_SPI_EVENTS_LISTENER__WORKFLOW_EVENT_LISTENER__STEP_RUNNER_TASK_INTERVAL": "24h",
    "KC_SPI_WORKFLOW__DEFAULT__EXECUTOR_TASK_TIMEOUT": "12h",
}
_INHERITED = ("HOME", "JAVA_HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    keycloak: int = 8080
    keycloak_management: int = 9000
    portal: int = 8000
    bridge: int = 8200

    @classmethod
    def from_environment(cls) -> Ports:
        """Defaults, each replaced by ``AREA_CLIENTI_<NAME>_PORT`` where that is set."""
        values: dict[str, int] = {}
        for name in cls.__dataclass_fields__:
            text = os.environ.get(_port_variable(name))
            if text is None:
                continue
            if not text.isdecimal() or not 0 < int(text) < 65536:
                raise AreaClientiError(f"{_port_variable(name)} must be a port from 1 to 65535.")
            values[name] = int(text)
        return cls(**values)

    def check_free(self) -> None:
        """Raise `PortInUseError` naming the first port that something else listens on."""
        for name in self.__dataclass_fields__:
            port = getattr(self, name)
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((_HOST, port))
                except OSError:
                    raise PortInUseError(
                        f"Port {port} ({name.replace('_', ' ')}) is in use by another program: "
                        f"end that program, or choose another port with {_port_variable(name)}."
                    ) from None


@dataclass(frozen=True)
class Addresses:
    """Base addresses as a browser on this machine sees them."""

    keycloak: str
    keycloak_management: str
    portal: str
    bridge: str

    @classmethod
    def of(cls, ports: Ports) -> Addresses:
        """Addresses on 127.0.0.1."""
        return cls(*(f"http://{_HOST}:{getattr(ports, name)}" for name in ports.__dataclass_fields__))


def process_environments(
    layout: Layout, ports: Ports, secrets: Mapping[str, str], brands: list[str]
) -> dict[str, dict[str, str]]:
    """Environment of ``keycloak``, ``bridge``, ``worker``, ``portal`` and ``provisioning``."""
    addresses = Addresses.of(ports)
    suffixes = [variable_suffix(brand) for brand in brands]
    # The virtual environment's programs come first; nothing else of the caller's environment is passed on.
    base = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    base["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", os.defpath)])
    base |= {"AREA_CLIENTI_ENV": "development", "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(layout.project)}
    base["AREA_CLIENTI_BRANDS_DIR"] = str(layout.brands)
    bridge_url = {"SMS_BRIDGE_URL": addresses.bridge}
    bridge_base = (
        base
        | bridge_url
        | {
            "SMS_BRIDGE_DATABASE_URL": f"sqlite:///{layout.run / 'bridge.db'}",
            **_optional("SMS_BRIDGE_DATABASE_URL"),
            "SMS_BRIDGE_HASH_KEY": secrets["SMS_BRIDGE_HASH_KEY"],
            "PORTAL_PUBLIC_URL": addresses.portal,
            **_optional("SMS_BRIDGE_SMTP_URL", "SMS_BRIDGE_SMTP_FROM", "SMS_BRIDGE_SMTP_CA_FILE"),
            **_optional("SMS_BRIDGE_SMS_GATEWAY_FILE", "SMS_BRIDGE_SMS_ROUTES_FILE"),
            **_optional("AREA_CLIENTI_CLOCK_OFFSET_S"),
        }
    )
    directory = base | {
        "AREA_CLIENTI_DATABASE_URL": f"sqlite:///{layout.run / 'area-clienti.db'}",
        **_optional("AREA_CLIENTI_DATABASE_URL"),
    }
    return {
        "keycloak": base | _keycloak(layout, ports, addresses, secrets, brands),
        "bridge": bridge_base
        | {name: secrets[name] for name in (f"SMS_BRIDGE_KEY_{caller}" for caller in CALLERS)}
        | {
            "SMS_BRIDGE_PROOF_KEYS": secrets["SMS_BRIDGE_PROOF_KEYS"],
            "SMS_BRIDGE_LINK_ORIGINS": addresses.portal,
            "SMS_BRIDGE_HOST": _HOST,
            "SMS_BRIDGE_PORT": str(ports.bridge),
            **_optional("SMS_BRIDGE_SENDS_PER_IP", "SMS_BRIDGE_SEND_GAP_S"),
            **_family("SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY"),
        },
        "worker": bridge_base
        | {"SMS_BRIDGE_KEY_WORKER": secrets["SMS_BRIDGE_KEY_WORKER"], "AREA_CLIENTI_THEMES_DIR": str(layout.themes)}
        | _family("SMS_BRIDGE_SMS_GATEWAY_SECRET"),
        "portal": directory
        | bridge_url
        | {
            "AREA_CLIENTI_THEMES_DIR": str(layout.themes),
            "KEYCLOAK_URL": addresses.keycloak,
            "KEYCLOAK_PUBLIC_URL": addresses.keycloak,
            "PORTAL_PUBLIC_URL": addresses.portal,
            "PORTAL_SECRET_KEY": secrets["PORTAL_SECRET_KEY"],
            "PORTAL_HOST": _HOST,
            "PORTAL_PORT": str(ports.portal),
            "SMS_BRIDGE_KEY_PORTAL": secrets["SMS_BRIDGE_KEY_PORTAL"],
            **{name: secrets[name] for name in (f"PORTAL_CLIENT_SECRET_{name}" for name in suffixes)},
            **_optional("AREA_CLIENTI_CLOCK_OFFSET_S"),
        },
        "provisioning": directory
        | {
            "AREA_CLIENTI_SYNC_STATE_DIR": str(layout.run / "accepted"),
            "KEYCLOAK_URL": addresses.keycloak,
            **{name: secrets[name] for name in (f"PROVISIONING_CLIENT_SECRET_{name}" for name in suffixes)},
        },
    }


def _keycloak(
    layout: Layout, ports: Ports, addresses: Addresses, secrets: Mapping[str, str], brands: list[str]
) -> dict[str, str]:
    client_secrets = (
        f"{client}_{variable_suffix(brand)}"
        for brand in brands
        for client in (*(f"{client}_CLIENT_SECRET" for client in CLIENTS), "REALM_ADMIN_PASSWORD")
    )
    return {
        "AREA_CLIENTI_KEYCLOAK_HOME": str(layout.keycloak_home),
        "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx1g",
        # One node on one machine: no cluster transport, which would listen on every address. A start decides it anew.
        "KC_CACHE": "local",
        "KC_HTTP_ENABLED": "true",
        "KC_HTTP_HOST": _HOST,
        "KC_HTTP_PORT": str(ports.keycloak),
        "KC_HTTP_MANAGEMENT_HOST": _HOST,
        "KC_HTTP_MANAGEMENT_PORT": str(ports.keycloak_management),
        "KC_HOSTNAME": addresses.keycloak,
        "KC_SPI_AREA_CLIENTI_BRIDGE__HTTP__URL": addresses.bridge,
        "KC_SPI_AREA_CLIENTI_BRIDGE__HTTP__KEY": secrets["SMS_BRIDGE_KEY_KEYCLOAK"],
        # A browser's extra parameters must never crowd out the pushed ones: they are refused instead.
        "KC_SPI_LOGIN_PROTOCOL__OPENID_CONNECT__ADD_REQ_PARAMS_FAIL_FAST": "true",
        **_WORKFLOWS,
        **_optional(*_WORKFLOWS),
        "PORTAL_PUBLIC_URL": addresses.portal,
        "PORTAL_URL": addresses.portal,
        **{name: secrets[name] for name in client_secrets},
        **{name: value for name, value in os.environ.items() if name == "KC_DB" or name.startswith("KC_DB_")},
        **_optional(*(f"KEYCLOAK_SMTP_{name}" for name in _SMTP)),
        **_optional("KC_BOOTSTRAP_ADMIN_CLIENT_ID", "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET", "KC_LOG_LEVEL"),
    }


def _optional(*names: str) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}


def _family(name: str) -> dict[str, str]:
    """The setting, and those of its name with an ending."""
    return {found: os.environ[found] for found in os.environ if found == name or found.startswith(f"{name}_")}


def _port_variable(name: str) -> str:
    return f"AREA_CLIENTI_{name.upper()}_PORT"
