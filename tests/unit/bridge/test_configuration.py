"""Configuration (SECURITY C1): what is missing, unknown or a placeholder refuses to start, in one sentence."""

import base64
from pathlib import Path

import pytest

from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.keys import new_caller_key, new_hash_key, new_proof_keys
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.settings import load_bridge_settings, load_worker_settings


def environment(**changes: str | None) -> dict[str, str]:
    found: dict[str, str | None] = {
        "AREA_CLIENTI_ENV": "development",
        "SMS_BRIDGE_DATABASE_URL": "sqlite:////tmp/unused.db",
        "SMS_BRIDGE_URL": "http://127.0.0.1:8200",
        "SMS_BRIDGE_KEY_KEYCLOAK": new_caller_key(),
        "SMS_BRIDGE_KEY_PORTAL": new_caller_key(),
        "SMS_BRIDGE_KEY_WORKER": new_caller_key(),
        "SMS_BRIDGE_HASH_KEY": new_hash_key(),
        "SMS_BRIDGE_PROOF_KEYS": new_proof_keys(),
        "SMS_BRIDGE_LINK_ORIGINS": "http://127.0.0.1:5000 https://clienti.example",
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def production_with(gateway_file: Path) -> dict[str, str]:
    """A production worker's, complete but for the secret of the gateway that the file declares."""
    return environment(
        AREA_CLIENTI_ENV="production",
        SMS_BRIDGE_SMTP_URL="smtps://relay.example",
        SMS_BRIDGE_SMTP_FROM="noreply@mail.example",
        SMS_BRIDGE_SMS_GATEWAY_FILE=str(gateway_file),
    )


def test_a_complete_environment_is_read() -> None:
    settings = load_bridge_settings(environment())
    assert settings.link_origins == ("http://127.0.0.1:5000", "https://clienti.example")
    assert load_worker_settings(environment()).bridge_url == "http://127.0.0.1:8200"


@pytest.mark.parametrize("name", sorted(set(environment()) - {"SMS_BRIDGE_URL"}))
def test_each_missing_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is not set$"):
        load_bridge_settings(environment(**{name: None}))


PLACEHOLDER = base64.b64encode(b"change-me-change-me-change-me-!!").decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AREA_CLIENTI_ENV", "staging"),
        ("AREA_CLIENTI_CLOCK_OFFSET_S", "soon"),
        ("SMS_BRIDGE_HASH_KEY", "short"),
        ("SMS_BRIDGE_HASH_KEY", PLACEHOLDER),
        ("SMS_BRIDGE_KEY_PORTAL", "whsec_" + PLACEHOLDER),
        ("SMS_BRIDGE_KEY_PORTAL", "whsec_" + base64.b64encode(bytes(32)).decode()),
        ("SMS_BRIDGE_KEY_PORTAL", "changeme"),
        ("SMS_BRIDGE_PROOF_KEYS", "{}"),
        ("SMS_BRIDGE_LINK_ORIGINS", "https://clienti.example/path"),
        ("SMS_BRIDGE_ALLOWED_PREFIXES", "39"),
        ("SMS_BRIDGE_PROT", "8200"),
    ],
)
def test_a_setting_that_does_not_fit_is_named_and_never_shown(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_bridge_settings(environment(**{name: value}))
    assert name in str(refused.value)
    assert PLACEHOLDER not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_BRIDGE_SMTP_URL", "http://relay.example"),
        ("SMS_BRIDGE_SMTP_URL", "smtp://"),
        ("SMS_BRIDGE_SMTP_URL", "smtp://relay.example:mail"),
        ("SMS_BRIDGE_SMTP_URL", "smtp://relay.example?starttls=no"),
        ("SMS_BRIDGE_SMTP_URL", "smtps://relay.example?starttls=optional"),
        ("SMS_BRIDGE_SMTP_URL", "smtp://user:w%C3%B6rd@relay.example"),
        ("SMS_BRIDGE_SMTP_FROM", "Area Clienti"),
        ("SMS_BRIDGE_SMTP_FROM", None),
        ("SMS_BRIDGE_SMTP_CA_FILE", "/nowhere/ca.pem"),
    ],
)
def test_a_mail_setting_that_does_not_fit_is_named(name: str, value: str | None) -> None:
    mail: dict[str, str | None] = {"SMS_BRIDGE_SMTP_URL": "smtp://relay.example", "SMS_BRIDGE_SMTP_FROM": "a@b.example"}
    load_worker_settings(environment(**mail))
    with pytest.raises(ConfigurationError, match=name):
        load_worker_settings(environment(**mail | {name: value}))


def test_two_callers_never_share_a_key() -> None:
    key = new_caller_key()
    with pytest.raises(ConfigurationError, match="different keys"):
        load_bridge_settings(environment(SMS_BRIDGE_KEY_KEYCLOAK=key, SMS_BRIDGE_KEY_PORTAL=key))


def test_a_shifted_clock_is_refused_in_production() -> None:
    shifted = environment(AREA_CLIENTI_ENV="production", AREA_CLIENTI_CLOCK_OFFSET_S="60")
    for load in (load_bridge_settings, load_worker_settings):
        with pytest.raises(ConfigurationError, match="AREA_CLIENTI_CLOCK_OFFSET_S"):
            load(shifted)


def test_production_puts_no_plain_http_link_into_a_message() -> None:
    plain = environment(AREA_CLIENTI_ENV="production", SMS_BRIDGE_LINK_ORIGINS="https://a.example http://b.example")
    with pytest.raises(ConfigurationError, match="SMS_BRIDGE_LINK_ORIGINS"):
        load_bridge_settings(plain)


@pytest.mark.parametrize("password", ["bridge", "changeme-changeme-now-please", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_guessable_database_password_is_refused_in_production(password: str) -> None:
    url = f"postgresql://bridge:{password}@db/sms_bridge"
    with pytest.raises(ConfigurationError, match="SMS_BRIDGE_DATABASE_URL") as refused:
        load_bridge_settings(environment(AREA_CLIENTI_ENV="production", SMS_BRIDGE_DATABASE_URL=url))
    assert password not in str(refused.value).replace("SMS_BRIDGE_DATABASE_URL", "")
    load_bridge_settings(environment(AREA_CLIENTI_ENV="development", SMS_BRIDGE_DATABASE_URL=url))


def test_production_never_falls_back_to_the_outbox() -> None:
    with pytest.raises(ConfigurationError, match="SMS_BRIDGE_SMTP_URL"):
        build_providers(load_worker_settings(environment(AREA_CLIENTI_ENV="production")))


def test_an_older_proof_key_stays_published_after_a_rotation() -> None:
    older = new_proof_keys()
    keys = load_bridge_settings(environment(SMS_BRIDGE_PROOF_KEYS=new_proof_keys(older))).proof_keys
    older_keys = load_bridge_settings(environment(SMS_BRIDGE_PROOF_KEYS=older)).proof_keys
    assert keys.keys[1].kid == older_keys.keys[0].kid
    assert keys.keys[0].kid != keys.keys[1].kid


def test_the_outbox_is_not_there_in_production(tmp_path: Path) -> None:
    from sms_gateway_bridge.app import create_app
    from tests.unit.bridge.conftest import asgi

    url = f"sqlite:///{tmp_path}/bridge.db"
    app = create_app(
        load_bridge_settings(
            environment(
                AREA_CLIENTI_ENV="production",
                SMS_BRIDGE_DATABASE_URL=url,
                SMS_BRIDGE_LINK_ORIGINS="https://clienti.example",
            )
        )
    )
    for path in ("/outbox", "/outbox.json", "/outbox/static/outbox.js"):
        assert asgi(app)("GET", path, {}, b"").status == 404
    app.state.services.context.close()
