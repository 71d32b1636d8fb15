"""A directory, a Keycloak that answers, and a way to run sync on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.clock import FixedClock
from provisioning.directory import open_engine, upgrade
from provisioning.feed.manifest import open_delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.sync.accepted import AcceptedStates
from provisioning.sync.keycloak import KeycloakCustomers
from provisioning.sync.report import SyncReport
from provisioning.sync.run import SyncOptions, SyncRun
from tests.support.databases import Databases
from tests.unit.provisioning.fake_keycloak import FakeKeycloak, running_fake_keycloak

BRANDS = frozenset({"generali", "alleanza"})

WHEN = datetime(2026, 1, 11, 2, tzinfo=UTC)
MOBILE_HOLD = timedelta(hours=72)

Sync = Callable[..., SyncReport]


@pytest.fixture
def database_url(databases: Databases) -> str:
    return databases(upgrade)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def keycloak() -> Iterator[FakeKeycloak]:
    with running_fake_keycloak() as fake:
        yield fake


@pytest.fixture
def sync(engine: Engine, keycloak: FakeKeycloak, tmp_path: Path) -> Sync:
    def run(folder: Path, now: datetime = WHEN, **options: bool) -> SyncReport:
        customers = KeycloakCustomers(keycloak.url, dict.fromkeys(BRANDS, "right"))
        states = AcceptedStates(tmp_path / "accepted")
        with closing(Quarantine(tmp_path / "quarantine.csv")) as quarantine:
            return SyncRun(engine, customers, BRANDS, FixedClock(now), states, MOBILE_HOLD).run(
                open_delivery(folder), quarantine, SyncOptions(**options)
            )

    return run
