"""Who may say where a request comes from: as many proxies as configured, and nothing but the address (SECURITY O5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.flask_portal import create_app
from tests.unit.portal.conftest import HOST, Browser, Stage

FORGED = {
    "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
    "Forwarded": "for=192.0.2.66;host=evil.example;proto=http",
    "X-Real-IP": "192.0.2.66",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "81",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/evil",
}


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7"), (3, "127.0.0.1")]
)
def test_the_address_counted_is_the_one_the_trusted_proxies_saw(stage: Stage, proxies: int, address: str) -> None:
    behind = replace(stage, app=create_app(replace(stage.settings, trusted_proxies=proxies), stage.clock))
    browser = behind.browser()
    for name, value in FORGED.items():
        browser.client.environ_base[f"HTTP_{name.upper().replace('-', '_')}"] = value
    browser.to_code_page()
    assert stage.bridge.last.request["client_ip"] == address
    behind.app.extensions["portal"].engine.dispose()


@pytest.mark.parametrize(
    ("written", "address"),
    [("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8::1]:443", "2001:db8::1"), ("unknown", None)],
)
def test_an_address_is_read_as_proxies_write_it(stage: Stage, written: str, address: str | None) -> None:
    behind = replace(stage, app=create_app(replace(stage.settings, trusted_proxies=1), stage.clock))
    browser = behind.browser()
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = written
    browser.to_code_page()
    assert stage.bridge.last.request.get("client_ip") == address
    behind.app.extensions["portal"].engine.dispose()


def test_no_header_moves_the_portal_to_another_origin(stage: Stage) -> None:
    behind = replace(stage, app=create_app(replace(stage.settings, trusted_proxies=1), stage.clock))
    browser: Browser = behind.browser()
    for path in ("/generali/polizze", "/generali/accesso", "/generali/registrazione"):
        answer = browser.get(path, headers=FORGED)
        assert answer.status_code in {200, 303}
        assert "evil" not in str(answer.headers) + answer.text
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "Secure" in cookie
            assert cookie.startswith("__Host-")
    pushed = stage.keycloak.pushed_behind(browser.get("/generali/accesso", headers=FORGED).headers["Location"])
    assert pushed["redirect_uri"] == f"https://{HOST}/generali/accesso/callback"
    assert browser.client.get("/generali/", base_url="https://evil.example", headers=FORGED).status_code == 400
    behind.app.extensions["portal"].engine.dispose()
