"""Settings that cannot be used stop the start; texts and screens are where the application looks for them."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from adapters.flask_portal.errors import ConfigurationError
from adapters.flask_portal.settings import from_environment
from sms_gateway_bridge.keys import new_caller_key
from tests.unit.portal.conftest import ROOT, Browser

PORTAL = ROOT / "adapters" / "flask_portal"
ENVIRONMENT = {
    "AREA_CLIENTI_ENV": "production",
    "AREA_CLIENTI_DATABASE_URL": "sqlite://",
    "AREA_CLIENTI_THEMES_DIR": str(ROOT / "keycloak" / "themes"),
    "KEYCLOAK_URL": "http://keycloak:8080",
    "KEYCLOAK_PUBLIC_URL": "https://accesso.example.it/",
    "PORTAL_PUBLIC_URL": "https://area.example.it",
    "PORTAL_SECRET_KEY": secrets.token_urlsafe(32),
    "PORTAL_CLIENT_SECRET_GENERALI": secrets.token_urlsafe(32),
    "SMS_BRIDGE_URL": "http://bridge:8000",
    "SMS_BRIDGE_KEY_PORTAL": new_caller_key(),
}


def test_settings_are_read_from_the_environment() -> None:
    settings = from_environment(["generali"], ENVIRONMENT)
    assert settings.secure
    assert settings.host == "area.example.it"
    assert settings.keycloak_public_url == "https://accesso.example.it"
    for name in ("PORTAL_SECRET_KEY", "PORTAL_CLIENT_SECRET_GENERALI", "SMS_BRIDGE_KEY_PORTAL"):
        assert ENVIRONMENT[name] not in repr(settings)


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_missing_setting_is_one_sentence_that_names_it(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} [^\n]*\.$"):
        from_environment(["generali"], {key: value for key, value in ENVIRONMENT.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PUBLIC_URL", "http://area.example.it"),
        ("KEYCLOAK_PUBLIC_URL", "http://accesso.example.it"),
        ("AREA_CLIENTI_CLOCK_OFFSET_S", "60"),
        ("PORTAL_SECRET_KEY", "short"),
        ("PORTAL_SECRET_KEY", "s" * 40),
        ("PORTAL_CLIENT_SECRET_GENERALI", "secret"),
        ("PORTAL_CLIENT_SECRET_GENERALI", "changeme-changeme-changeme-now"),
        ("AREA_CLIENTI_DATABASE_URL", "postgresql+psycopg://portal:portal@db/area_clienti"),
        ("SMS_BRIDGE_KEY_PORTAL", "whsec_short"),
        ("SMS_BRIDGE_KEY_PORTAL", "whsec_" + "a2" * 21 + "a="),
        ("AREA_CLIENTI_ENV", "staging"),
    ],
)
def test_what_is_unsafe_in_production_does_not_start(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        from_environment(["generali"], {**ENVIRONMENT, name: value})


def test_the_catalogue_is_where_the_application_looks_for_it(browser: Browser) -> None:
    assert "Registrati" in browser.get("/generali/").text
    assert "Register" in browser.get("/generali/?lingua=en").text
    assert 'lang="en"' in browser.get("/generali/").text


def test_each_brands_screens_come_from_its_data(browser: Browser) -> None:
    kinds = {"generali": "Professionisti", "alleanza": "Privato"}
    for brand, label in kinds.items():
        assert label in browser.get(f"/{brand}/registrazione").text
    browser.post("/alleanza/registrazione", {"kind": "private"})
    browser.post("/alleanza/registrazione/nome", {"first_name": "Carla", "last_name": "Gialli"})
    page = browser.get("/alleanza/registrazione/contatto").text
    assert page.count('type="radio"') == 2
    assert 'name="email"' in page
    assert 'name="number"' in page


def test_no_template_names_a_brand() -> None:
    for template in Path(PORTAL / "templates").rglob("*.html"):
        words = template.read_text("utf-8").lower()
        assert "generali" not in words, template
        assert "alleanza" not in words, template
