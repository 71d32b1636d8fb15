"""The realm's signing keys rotate; a stranger's made-up keys cost Keycloak nothing (docs/rotation.md)."""

from __future__ import annotations

from joserfc.jwk import RSAKey

from tests.unit.portal.conftest import Browser, Stage
from tests.unit.portal.fake_keycloak import ANNA, REALM_KEY

NEW_KEY = RSAKey.generate_key(2048, {"kid": "newer", "use": "sig", "alg": "RS256"}, private=True)
UNKNOWN_KEY = RSAKey.generate_key(2048, {"kid": "made-up", "use": "sig", "alg": "RS256"}, private=True)
LOGOUT = "/generali/accesso/backchannel-logout"


def test_tokens_of_the_new_and_of_the_old_key_are_good_while_both_are_published(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    stage.keycloak.published = [NEW_KEY, REALM_KEY]
    assert stage.browser().sign_in(key=NEW_KEY).headers["Location"] == "/generali/polizze"
    assert stage.browser().sign_in(key=REALM_KEY).headers["Location"] == "/generali/polizze"
    assert browser.get("/generali/polizze").status_code == 200
    stage.clock.advance(60)
    stage.keycloak.published = [NEW_KEY]
    assert stage.browser().sign_in(key=UNKNOWN_KEY).status_code == 400
    assert stage.browser().sign_in(key=REALM_KEY).status_code == 400


def test_made_up_keys_make_the_portal_ask_keycloak_once_in_ten_seconds(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    before = stage.keycloak.certs_read
    for _ in range(20):
        token = stage.keycloak.logout_token(ANNA, key=UNKNOWN_KEY)
        assert browser.bare_post(LOGOUT, {"logout_token": token}).status_code == 400
    assert stage.keycloak.certs_read == before + 1
    stage.clock.advance(10)
    stage.keycloak.published = [NEW_KEY, REALM_KEY]
    token = stage.keycloak.logout_token(ANNA, key=NEW_KEY)
    assert browser.bare_post(LOGOUT, {"logout_token": token}).status_code == 200
    assert browser.get("/generali/polizze").status_code == 303
