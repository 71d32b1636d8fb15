"""The portal with fake neighbours that speak real HTTP, and browsers that drive it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from adapters.flask_portal import create_app
from adapters.flask_portal.i18n.catalogues import compile_catalogues
from adapters.flask_portal.repository import upgrade
from adapters.flask_portal.services import challenge
from adapters.flask_portal.settings import Settings
from domain.clock import FixedClock
from tests.support.databases import Databases
from tests.unit.portal.fake_bridge import FakeBridge
from tests.unit.portal.fake_keycloak import ANNA, FakeKeycloak, Person
from tests.unit.portal.seed import seed

ROOT = Path(__file__).resolve().parents[3]
BRIDGE_KEY = b"k" * 32
HOST = "area.example.it"


@dataclass
class Stage:
    app: Flask
    bridge: FakeBridge
    keycloak: FakeKeycloak
    clock: FixedClock
    settings: Settings

    def browser(self) -> Browser:
        return Browser(self)


class Browser:
    """A test client that knows the portal's host and fills CSRF tokens like a form does."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.client: FlaskClient = stage.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=f"https://{HOST}", buffered=True, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None) -> TestResponse:
        """Post a form as found on `page` (default: the same path)."""
        token = csrf_token(self.get(page or path))
        return self.bare_post(path, {**(data or {}), "csrf_token": token})

    def bare_post(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        return self.client.post(path, data=data or {}, base_url=f"https://{HOST}")

    def sign_in(self, person: Person = ANNA, brand: str = "generali", **claims: Any) -> TestResponse:
        location = self.get(f"/{brand}/accesso").headers["Location"]
        return self.get(self._stage.keycloak.sign_in(location, person, **claims))

    def twin(self, stage: Stage | None = None) -> Browser:
        """Another client with the same cookies, of another start of the portal if one is given."""
        twin = (stage or self._stage).browser()
        for cookie in (self.client._cookies or {}).values():
            twin.client.set_cookie(cookie.key, cookie.value, domain=HOST, secure=True)
        return twin

    def cookie(self) -> str | None:
        found = self.client.get_cookie("__Host-area-clienti", domain=HOST)
        return found.value if found else None

    def to_code_page(self, email: str = "anna.verdi@example.it", kind: str = "person") -> TestResponse:
        """Walk a registration up to «Registrati»."""
        start = "/generali/registrazione"
        self.post(start, {"kind": kind})
        names = {"company_name": "Officine Alfa"} if kind == "company" else {"first_name": "Anna", "last_name": "Verdi"}
        self.post(f"{start}/nome", names)
        return self.post(f"{start}/contatto", {"channel": "email", "email": email, "privacy": "1"})


def csrf_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    return unescape(found.group(1)) if found else ""


@pytest.fixture(scope="session", autouse=True)
def _compiled_texts() -> None:
    compile_catalogues()


def seeded(url: str) -> None:
    """Prepare a database with the portal's tables and a small directory."""
    seed(url)
    upgrade(url)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.fixture
def bridge(clock: FixedClock) -> Iterator[FakeBridge]:
    fake = FakeBridge(BRIDGE_KEY, clock)
    yield fake
    fake.close()


@pytest.fixture
def keycloak(clock: FixedClock) -> Iterator[FakeKeycloak]:
    fake = FakeKeycloak(clock)
    yield fake
    fake.close()


class CompiledTemplates(BytecodeCache):
    """Templates compiled once a session and not once an application, which is a third of the time of these tests."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.load_bytecode(BytesIO(self._compiled[bucket.key]))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = CompiledTemplates()


@pytest.fixture(autouse=True)
def compiled_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Flask.jinja_options, "bytecode_cache", _TEMPLATES)


@pytest.fixture(autouse=True)
def cheap_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs of work that take no time; what they cost in earnest is a matter of the browser tests."""
    monkeypatch.setattr(challenge, "_COST", 1)


@pytest.fixture
def stage(bridge: FakeBridge, keycloak: FakeKeycloak, clock: FixedClock, databases: Databases) -> Iterator[Stage]:
    """A portal; whatever uses it runs on both engines."""
    settings = Settings(
        environment="production",
        database_url=databases(seeded),
        brands_dir=ROOT / "domain" / "brands",
        themes_dir=ROOT / "keycloak" / "themes",
        keycloak_url=keycloak.url,
        keycloak_public_url=keycloak.public_url,
        public_url=f"https://{HOST}",
        secret_key="s" * 40,
        bridge_url=bridge.url,
        bridge_keys=(BRIDGE_KEY,),
        client_secrets={"generali": "g-secret", "alleanza": "a-secret"},
        answer_quantum_s=0.0,
    )
    app = create_app(settings, clock)
    yield Stage(app, bridge, keycloak, clock, settings)
    app.extensions["portal"].engine.dispose()


@pytest.fixture
def browser(stage: Stage) -> Browser:
    return stage.browser()
