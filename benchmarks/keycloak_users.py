"""Puts a directory's customers into a Keycloak, straight into the tables of its database.

The product writes users through its own bulk resource; this is a shortcut of the benchmarks, which need a million of
them before they begin. What stands in the tables afterwards is what the resource writes for a customer who has not
registered, so Keycloak must not be running a query on them meanwhile, and only a throwaway database is ever written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.directory import open_engine
from provisioning.directory.models import Customer
from provisioning.sync.records import records_of

_CHUNK = 5000
# Our attribute's name by the record's; those that are lists keep each value.
_ATTRIBUTES = {
    "customer_code": "customer_code",
    "kind": "customer_kind",
    "company_name": "company_name",
    "tax_code": "tax_code",
    "vat_number": "vat_number",
    "agency_code": "agency_code",
    "scheme": "scheme",
    "emails": "email_agency",
    "mobiles": "mobile_agency",
    "landlines": "landline_agency",
    "access_mobile": "access_mobile",
    "record_hash": "record_hash",
}


class KeycloakUsers:
    """The users of one realm in Keycloak's PostgreSQL database."""

    def __init__(self, database_url: str, realm: str) -> None:
        self._connection = psycopg.connect(database_url)
        found = self._connection.execute("SELECT id FROM realm WHERE name = %s", (realm,)).fetchone()
        role = self._connection.execute(
            "SELECT id FROM keycloak_role WHERE realm_id = %s AND name = %s AND NOT client_role",
            (found and found[0], f"default-roles-{realm}"),
        ).fetchone()
        assert found is not None, f"no realm {realm}"
        assert role is not None, f"the realm {realm} has no default role"
        self._realm, self._default_role = found[0], role[0]
        self.count = 0

    def grow(self, directory_url: str) -> None:
        """Add the customers of the directory that are not there yet, in the order of their codes."""
        engine = open_engine(directory_url)
        with Session(engine) as session:
            codes = session.scalars(select(Customer.customer_code).order_by(Customer.customer_code)).all()[self.count :]
            for start in range(0, len(codes), _CHUNK):
                self._add(records_of(session, codes[start : start + _CHUNK]))
                session.expunge_all()
        engine.dispose()
        self.count += len(codes)
        self._connection.autocommit = True
        self._connection.execute("VACUUM (ANALYZE) user_entity, user_attribute, user_role_mapping")
        self._connection.autocommit = False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _add(self, records: Iterable[dict[str, Any]]) -> None:
        users = [(str(uuid.uuid4()), record) for record in records]
        self._copy(
            "user_entity (id, realm_id, username, first_name, last_name, email_constraint, email_verified, enabled,"
            " not_before)",
            (
                (
                    user_id,
                    self._realm,
                    one["customer_code"].lower(),
                    one["first_name"] or None,
                    one["last_name"] or None,
                    str(uuid.uuid4()),
                    False,
                    False,
                    0,
                )
                for user_id, one in users
            ),
        )
        attributes = ((str(uuid.uuid4()), user_id, *pair) for user_id, one in users for pair in _attributes(one))
        self._copy("user_attribute (id, user_id, name, value)", attributes)
        self._copy("user_role_mapping (user_id, role_id)", ((user_id, self._default_role) for user_id, _ in users))
        self._connection.commit()

    def _copy(self, target: str, rows: Iterable[tuple[object, ...]]) -> None:
        with self._connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _attributes(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, name in _ATTRIBUTES.items():
        values = record[key] if isinstance(record[key], list) else [record[key]]
        yield from ((name, value) for value in values if value)
    ceased = record["status"] == "ceased"
    yield "account_state", "ceased" if ceased else "provisioned"
    if ceased:
        yield "state_before_ceased", "provisioned"
