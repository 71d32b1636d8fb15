"""Sync with the role it has in an installation, which owns nothing and may do what `area-clienti migrate` grants it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, select

from provisioning.directory.models import Customer
from tests.support.postgres import PostgresServer
from tests.support.shipped_roles import DATABASES, make_roles, migrated, url_as
from tests.unit.provisioning.conftest import Sync
from tests.unit.provisioning.deliveries import base, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak

DATABASE = DATABASES["directory"]


@pytest.fixture
def database_url(own_server: PostgresServer) -> str:
    make_roles(own_server)
    for _ in range(2):
        assert migrated(own_server, "directory") == ["portal", "provisioning"]
    return url_as(own_server, "provisioning", DATABASE)


def test_new_changed_and_ceased_customers_are_written(
    sync: Sync, engine: Engine, keycloak: FakeKeycloak, own_server: PostgresServer, tmp_path: Path
) -> None:
    rows = base(3)
    sync(write(tmp_path / "1", rows))
    rows["customers.csv"][0]["first_name"] = "Anna"
    rows["customers.csv"][2]["status"] = "ceased"
    report = sync(write(tmp_path / "2", rows, sequence=2))
    assert report.is_clean
    with engine.connect() as connection:
        found = dict(connection.execute(select(Customer.customer_code, Customer.first_name)).all())
    assert found["G1"] == "Anna"
    assert len(keycloak.customers["generali"]) == 3
    with (
        psycopg.connect(url_as(own_server, "portal", DATABASE)) as portal,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        portal.execute("CREATE TEMPORARY TABLE mine (id int)")
