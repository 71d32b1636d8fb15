"""What holds for every route, found in the application's own map so that a new one cannot be forgotten (S4, R3)."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from adapters.flask_portal.security import content_security_policy
from tests.unit.portal.conftest import HOST, Browser, Stage
from tests.unit.portal.fake_keycloak import BRUNO

ARGUMENTS = {
    "brand": "generali",
    "policy_number": "P-ANNA",
    "operation_id": "unknown",
    "verification_id": "v",
    "token": "t",
    "reason": "check-data",
    "theme": "generali",
    "path": "css/tokens.css",
    "filename": "x",
}
PUBLIC = re.compile(
    r"^/(|static/.*|healthz|readyz|<brand>/(|privacy|assistenza.*|registrazione.*|recupero.*|accesso.*|profilo/cancellazione/fatto))$"
)


def _rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or set())]


def _path(rule: Rule, **changed: str) -> str:
    values = {name: {**ARGUMENTS, **changed}[name] for name in rule.arguments}
    built = rule.build(values)
    assert built is not None
    return built[1]


def test_every_post_without_a_csrf_token_is_refused(stage: Stage, browser: Browser) -> None:
    browser.sign_in(acr="2")
    rules = [rule for rule in _rules(stage.app, "POST") if rule.endpoint != "accesso.backchannel_logout"]
    assert len(rules) > 8
    for rule in rules:
        assert browser.bare_post(_path(rule)).status_code == 400, rule


def test_every_get_has_the_security_headers_and_no_inline_script(stage: Stage, browser: Browser) -> None:
    browser.sign_in(acr="2")
    nonces = []
    for rule in _rules(stage.app, "GET"):
        answer = browser.get(_path(rule))
        policy = answer.headers["Content-Security-Policy"]
        nonces += re.findall(r"'nonce-([^']+)'", policy)
        assert "unsafe" not in policy
        for directive in ("default-src 'none'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"):
            assert directive in policy
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert f"form-action 'self' {stage.keycloak.public_url}" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"]
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert not re.search(r"<script(?![^>]*src=)|<style| on[a-z]+=| style=", answer.text), rule
        if rule.endpoint != "theme.resource":
            assert answer.headers["Cache-Control"] == "no-store", rule
    assert len(nonces) == len(set(nonces)) > 10


def test_every_page_that_is_not_public_asks_a_stranger_to_sign_in(stage: Stage) -> None:
    private = [rule for rule in _rules(stage.app, "GET") if not PUBLIC.match(str(rule.rule))]
    assert len(private) >= 7
    for rule in private:
        answer = stage.browser().get(_path(rule))
        assert answer.status_code == 303, rule
        assert answer.headers["Location"].startswith("/generali/accesso"), rule


def test_no_route_shows_one_customer_what_is_anothers(stage: Stage) -> None:
    anna, bruno = stage.browser(), stage.browser()
    anna.sign_in(acr="2")
    form = {"street": "Via Segreta 9", "postal_code": "10121", "city": "Torino", "province": "TO", "country": "IT"}
    location = anna.post("/generali/profilo/domicilio", form).headers["Location"]
    operation_id = stage.keycloak.pushed_behind(location)["operation"].split('"id": "')[1].split('"')[0]
    bruno.sign_in(BRUNO, acr="2")
    secrets = ("Via Segreta", "VRDNNA80A41F205K", "anna.verdi@", "Contratto di Anna", "120,50", "Immagina Casa")
    for rule in _rules(stage.app, "GET"):
        answer = bruno.get(_path(rule, operation_id=operation_id))
        assert not [secret for secret in secrets if secret in answer.text], rule
    assert bruno.get(f"/generali/profilo/domicilio?operazione={operation_id}").status_code == 404
    assert bruno.get("/generali/polizze/P-ANNA").status_code == 404
    page = "/generali/profilo/domicilio"
    assert bruno.post(f"/generali/profilo/domicilio/{operation_id}", page=page).status_code == 404


def test_the_insured_who_is_not_the_holder_sees_covers_and_no_amounts(browser: Browser) -> None:
    browser.sign_in()
    page = browser.get("/generali/polizze/P-BRUNO").text
    assert "Incendio" in page
    for hidden in ("1.250,00", "481,37", "Contratto di Bruno", "Bruno"):
        assert hidden not in page
    assert "1.250,00" in browser.get("/generali/polizze/P-ANNA").text


def test_a_forged_host_is_refused_and_never_echoed(stage: Stage) -> None:
    client = stage.app.test_client()
    for host in ("evil.example", f"{HOST}.evil.example", f"{HOST}:444"):
        answer = client.get("/generali/registrazione", base_url=f"https://{host}")
        assert answer.status_code == 400
        assert "evil" not in answer.text
    assert client.get("/healthz", base_url="https://10.0.0.1:8000").status_code == 200


def test_an_unknown_brand_theme_or_file_is_not_there(browser: Browser) -> None:
    for path in ("/pippo/", "/static/theme/pippo/x.css", "/static/theme/generali/../../../realm.json"):
        assert browser.get(path).status_code == 404
    assert browser.get("/static/theme/generali/css/tokens.css?v=1").headers["Cache-Control"].count("max-age=31536000")


@pytest.mark.parametrize("path", ["/generali/nulla", "/nulla/x"])
def test_errors_are_pages_in_the_visitors_language_without_a_trace(browser: Browser, path: str) -> None:
    assert "Questa pagina non c’è" in browser.get(path).text
    browser.get("/generali/?lingua=en")
    page = browser.get(path)
    assert "This page is not here" in page.text
    assert 'lang="en"' in page.text


def test_an_unexpected_error_shows_nothing_and_logs_nothing_personal(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.sign_in()

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("anna.verdi@example.it")

    monkeypatch.setattr(stage.app.extensions["portal"].policies, "listed", fail)
    answer = browser.get("/generali/polizze")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "anna.verdi" not in answer.text + capsys.readouterr().out


def test_logs_of_a_registration_hold_no_contact_code_or_token(
    stage: Stage, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.to_code_page()
    browser.post("/generali/registrazione/codice", {"code": stage.bridge.last.code})
    browser.sign_in()
    written = capsys.readouterr().out
    assert '"customer": "G0000001"' in written
    for canary in ("anna.verdi", "Verdi", stage.bridge.last.code, stage.bridge.last.proofs[0], "eyJ"):
        assert canary not in written


def test_the_policy_of_a_page_needs_a_nonce_of_its_own(stage: Stage) -> None:
    assert "'nonce-abc'" in content_security_policy(stage.settings, "abc")
