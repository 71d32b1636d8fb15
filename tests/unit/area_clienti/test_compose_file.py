"""docker-compose.yml as written: no default secret, one way in, each part its own secrets (SECURITY C1, C2)."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from adapters.flask_portal.repository.tables import metadata as portal_metadata
from area_clienti.cli import cli
from area_clienti.errors import AreaClientiError
from area_clienti.keycloak_distribution import BUILD_OPTIONS, VERSION
from area_clienti.layout import PROJECT
from area_clienti.migrate import TARGETS, migrate
from domain.brands import load_brands, variable_suffix
from sms_gateway_bridge.settings import SendLimits, load_bridge_settings, load_worker_settings
from tests.unit.bridge.test_configuration import environment

_SECRET = re.compile(r"PASSWORD|SECRET|_KEY(_|S?$)|HASH_KEY|SMTP_URL")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def references() -> list[tuple[str, str]]:
    """Every ``${NAME…}`` of the file: the name and what follows it."""
    return re.findall(r"\$\{([A-Z_]+)([^}]*)\}", (PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_no_secret_has_a_default(references: list[tuple[str, str]]) -> None:
    secrets = [(name, rest) for name, rest in references if _SECRET.search(name)]
    assert len(secrets) > 20
    for name, rest in secrets:
        assert rest.startswith(f":?{name} is not set"), name


def test_no_secret_is_written_into_the_file(compose: dict[str, Any]) -> None:
    for service, settings in compose["services"].items():
        for name, value in settings.get("environment", {}).items():
            if _SECRET.search(name) and not name.endswith("_FILE"):
                assert "${" in value, f"{service}: {name}"


def test_the_secrets_command_writes_every_secret_the_file_asks_for(
    references: list[tuple[str, str]], tmp_path: Path
) -> None:
    target = tmp_path / ".env"
    done = CliRunner().invoke(cli, ["secrets", "--output", str(target)])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    written = dict(line.split("=", 1) for line in target.read_text().splitlines() if "=" in line)
    required = {name for name, rest in references if rest.startswith(":?")}
    assert required == set(written)
    # What is left to fill in is no secret that a program could make.
    assert {name for name in required if not written[name]} == {
        *(
            "PORTAL_PUBLIC_URL",
            "KEYCLOAK_PUBLIC_URL",
            "KEYCLOAK_ADMIN_URL",
            "SMS_BRIDGE_SMTP_URL",
            "SMS_BRIDGE_SMTP_FROM",
            "SMS_BRIDGE_SMS_GATEWAY_SECRET",
        )
    }


def test_every_secret_is_made_anew_and_no_file_is_overwritten(tmp_path: Path) -> None:
    first, second = (CliRunner().invoke(cli, ["secrets", "--output", "-"]).output for _ in range(2))

    def values(text: str) -> list[str]:
        return [line.split("=", 1)[1] for line in text.splitlines() if "='" in line]

    assert len(values(first)) == len(set(values(first))) > 20
    assert not set(values(first)) & set(values(second))
    target = tmp_path / ".env"
    target.write_text("in use")
    refused = CliRunner().invoke(cli, ["secrets", "--output", str(target)])
    assert isinstance(refused.exception, AreaClientiError)
    assert target.read_text() == "in use"


def test_only_the_proxy_publishes_ports_and_the_consoles_only_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: settings["ports"] for name, settings in compose["services"].items() if "ports" in settings}
    assert set(published) == {"proxy"}
    assert [port for port in published["proxy"] if port.endswith(":8444")] == [
        "${ADMIN_ADDRESS:-127.0.0.1}:${ADMIN_PORT:-8444}:8444"
    ]


def test_networks_keep_the_parts_apart(compose: dict[str, Any]) -> None:
    joined = {name: set(settings["networks"]) for name, settings in compose["services"].items()}
    assert {name for name, networks in joined.items() if "data" in networks} == set(joined) - {"proxy"}
    assert {name for name, networks in joined.items() if networks & {"public", "outside"}} == {"proxy", "worker"}
    # The proxy meets Keycloak and the portal, never the bridge.
    assert {name for name, networks in joined.items() if "front" in networks} == {"proxy", "keycloak", "portal"}
    assert all(compose["networks"][name]["internal"] for name in ("front", "back", "data"))


def test_every_container_is_hardened(compose: dict[str, Any]) -> None:
    for name, settings in compose["services"].items():
        assert settings["read_only"] is True, name
        assert settings["cap_drop"] == ["ALL"], name
        assert settings["security_opt"] == ["no-new-privileges:true"], name
        assert settings["mem_limit"], name
        long_running = settings["restart"] == "unless-stopped"
        assert ("healthcheck" in settings) == long_running, name


def test_a_worker_does_not_wait_for_an_answer_that_waits_for_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services["worker"]["depends_on"]) == {"migrate-bridge"}
    assert services["worker"]["scale"] >= 2
    for name, settings in services.items():
        assert "bridge" not in settings.get("depends_on", {}), name
    assert "readyz" not in str(services["bridge"]["healthcheck"])


def test_each_part_is_told_its_own_secrets_and_no_others(compose: dict[str, Any]) -> None:
    told = {
        name: {found for value in settings.get("environment", {}).values() for found in re.findall(r"\$\{(\w+)", value)}
        for name, settings in compose["services"].items()
    }
    secrets = {name: {found for found in names if _SECRET.search(found)} for name, names in told.items()}
    suffixes = [variable_suffix(brand) for brand in load_brands()]
    portal_clients, sync_clients = (
        {f"{client}_CLIENT_SECRET_{suffix}" for suffix in suffixes} for client in ("PORTAL", "PROVISIONING")
    )
    assert secrets["portal"] == {"PORTAL_DB_PASSWORD", "PORTAL_SECRET_KEY", "SMS_BRIDGE_KEY_PORTAL", *portal_clients}
    assert secrets["provisioning"] == {"PROVISIONING_DB_PASSWORD", *sync_clients}
    assert secrets["worker"] == {
        *("BRIDGE_DB_PASSWORD", "SMS_BRIDGE_HASH_KEY"),
        *("SMS_BRIDGE_SMTP_URL", "SMS_BRIDGE_SMS_GATEWAY_SECRET"),
    }
    assert secrets["bridge"] == {
        *("BRIDGE_DB_PASSWORD", "SMS_BRIDGE_HASH_KEY", "SMS_BRIDGE_PROOF_KEYS"),
        *("SMS_BRIDGE_KEY_KEYCLOAK", "SMS_BRIDGE_KEY_PORTAL", "SMS_BRIDGE_KEY_WORKER"),
    }
    assert secrets["keycloak"] == {
        *("KEYCLOAK_DB_PASSWORD", "SMS_BRIDGE_KEY_KEYCLOAK", *portal_clients, *sync_clients),
        *(f"{name}_{suffix}" for name in ("OPERATORS_CLIENT_SECRET", "REALM_ADMIN_PASSWORD") for suffix in suffixes),
    }
    assert secrets["migrate-directory"] == {"DIRECTORY_OWNER_DB_PASSWORD"}
    assert secrets["migrate-bridge"] == {"BRIDGE_OWNER_DB_PASSWORD"}
    assert secrets["proxy"] == set()


def test_keycloak_has_a_way_out_only_where_it_is_told_of_a_relay(compose: dict[str, Any]) -> None:
    assert "outside" not in compose["services"]["keycloak"]["networks"]
    mail = yaml.safe_load((PROJECT / "docker-compose.mail.yml").read_text(encoding="utf-8"))["services"]
    assert set(mail) == {"keycloak"}
    assert mail["keycloak"]["networks"] == ["outside"]
    told = mail["keycloak"]["environment"]
    template = (PROJECT / "keycloak" / "realm-template.json").read_text(encoding="utf-8")
    assert set(told) == set(re.findall(r"\$\{(KEYCLOAK_SMTP_[A-Z]+):", template))
    for name in ("KEYCLOAK_SMTP_HOST", "KEYCLOAK_SMTP_FROM"):
        assert told[name].startswith(f"${{{name}:?{name} is not set")


def test_several_gateways_and_their_routes_reach_worker_and_bridge_each_with_its_own_secrets(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    laid_over = yaml.safe_load((PROJECT / "docker-compose.gateways.yml").read_text(encoding="utf-8"))["services"]
    assert set(laid_over) == {"bridge", "worker"}
    files = {name: settings["env_file"] for name, settings in laid_over.items()}
    assert files["bridge"] != files["worker"]
    assert not [name for settings in laid_over.values() for name, value in settings["environment"].items()
                if _SECRET.search(name) and not name.endswith("_FILE") and value]  # fmt: skip
    assert laid_over["bridge"]["volumes"] == laid_over["worker"]["volumes"]
    # What each is told, filled in as docs/operations.md says, lets it start.
    declared = ":".join(str(PROJECT / "docs/sms-gateways" / name) for name in ("smpp.toml", "twilio.toml"))
    (tmp_path / "routes.toml").write_text(
        '[[route]]\nproviders = [{name = "twilio"}, {name = "example-smsc", weight = 2}]\n'
    )
    filled = {"SMS_BRIDGE_SMS_GATEWAY_FILE": declared, "SMS_BRIDGE_SMS_ROUTES_FILE": str(tmp_path / "routes.toml")}
    production = environment(
        AREA_CLIENTI_ENV="production",
        SMS_BRIDGE_LINK_ORIGINS="https://clienti.example",
        SMS_BRIDGE_SMTP_URL="smtps://relay.example",
        SMS_BRIDGE_SMTP_FROM="noreply@clienti.example",
    )
    told = {name: settings["environment"] | filled for name, settings in laid_over.items()}
    assert set(told["worker"]) == {*filled, "SMS_BRIDGE_SMS_GATEWAY_SECRET"}
    secrets = {"SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_SMSC": "s3cret", "SMS_BRIDGE_SMS_GATEWAY_SECRET_TWILIO": "t0ken"}
    worker = load_worker_settings(production | told["worker"] | secrets)
    assert worker.sms_secrets == {"example-smsc": "s3cret", "twilio": "t0ken"}
    assert worker.sms_routes is not None
    receipt_key = {"SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY_TWILIO": "0123456789abcdef"}
    bridge = load_bridge_settings(production | laid_over["bridge"]["environment"] | filled | receipt_key)
    assert list(bridge.receipt_keys) == ["twilio"]


def test_bridge_and_worker_know_the_same_budgets_and_have_the_bridges_own_where_none_are_set(
    compose: dict[str, Any],
) -> None:
    told = [
        {name: value for name, value in compose["services"][part]["environment"].items() if value.endswith(":-}")}
        for part in ("bridge", "worker")
    ]
    budgets = compose["x-sms-limits"]
    assert {"SMS_BRIDGE_SENDS_PER_IP", "SMS_BRIDGE_DAILY_SPEND_ANONYMOUS_CENTS"} <= set(budgets)
    assert [budgets.items() <= found.items() for found in told] == [True, True]
    unset = dict.fromkeys(budgets, "")
    assert load_bridge_settings(environment(**unset)).limits == SendLimits()
    assert load_worker_settings(environment(**unset)).conversion_least_sent == 50


def test_keycloak_gets_no_administrator_from_the_environment(compose: dict[str, Any]) -> None:
    assert not [name for name in compose["services"]["keycloak"]["environment"] if "BOOTSTRAP" in name]


def test_every_name_in_the_file_is_documented(compose: dict[str, Any]) -> None:
    documents = (PROJECT / "docs" / "contracts.md").read_text() + (PROJECT / "docs" / "operations.md").read_text()
    documents += (PROJECT / "sms_gateway_bridge" / "README.md").read_text()
    known = set(re.findall(r"[A-Z][A-Z0-9_]{2,}", documents))
    known |= {
        name.replace("<BRAND>", variable_suffix(brand))
        for name in re.findall(r"[A-Z_]+<BRAND>", documents)
        for brand in load_brands()
    }
    # Settings of Keycloak and of the PostgreSQL image themselves.
    keycloaks = r"KC_(DB|HOSTNAME|HTTP|PROXY|SPI_(LOGIN_PROTOCOL|EVENTS_LISTENER|WORKFLOW))\w*"
    foreign = re.compile(keycloaks + r"|POSTGRES_(USER|INITDB_ARGS)")
    files = "".join((PROJECT / name).read_text() for name in ("docker-compose.yml", "docker-compose.gateways.yml"))
    asked = {name for name, _ in re.findall(r"\$\{([A-Z_]+)([^}]*)\}", files)}
    for settings in compose["services"].values():
        asked |= set(settings.get("environment", {}))
    assert sorted(name for name in asked if name not in known and not foreign.fullmatch(name)) == []


def test_a_restore_empties_tables_that_exist() -> None:
    document = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = re.findall(r"--dbname=area_clienti \\\n\s+--command='TRUNCATE ([a-z_, ]+)'", document)
    assert named
    assert set(named[0].split(", ")) <= set(portal_metadata.tables)


def test_the_image_is_built_like_the_local_keycloak_except_for_its_database() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"quay.io/keycloak/keycloak:{VERSION}\n" in dockerfile
    line = next(line for line in dockerfile.splitlines() if line.startswith("ENV KC_DB="))
    image = dict(word.split("=", 1) for word in line.split()[1:])
    local = {
        f"KC_{option[2:].split('=')[0].upper().replace('-', '_')}": option.split("=", 1)[1] for option in BUILD_OPTIONS
    }
    assert image.pop("KC_DB") == "postgres"
    # The image keeps Keycloak's clustered cache, so that it can be scaled.
    assert image == {name: value for name, value in local.items() if name not in ("KC_DB", "KC_CACHE")}


def test_a_database_is_migrated_by_its_own_variable_and_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AreaClientiError, match="SMS_BRIDGE_DATABASE_URL is not set"):
        migrate(TARGETS["bridge"], {})
    for target in TARGETS.values():
        url = f"sqlite:///{tmp_path / target.url_variable}.db"
        assert migrate(target, {target.url_variable: url}) == []
        assert migrate(target, {target.url_variable: url}) == []
