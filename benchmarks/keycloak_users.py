"""Puts a directory's customers into a Keycloak, straight from table to table.

The product writes users through its own bulk resource; this is a shortcut of the benchmarks, which need a million of
them before they begin. What stands in the tables afterwards is what the resource writes for a customer who has not
registered; only a throwaway database is ever written.
"""

from __future__ import annotations

import psycopg

# A user's id follows from the customer code, so that each table can be filled by itself.
_USERS = """
SELECT md5(customer_code)::uuid::text, '{realm}', lower(customer_code), nullif(first_name, ''), nullif(last_name, ''),
  gen_random_uuid()::text, false, false, 0
FROM directory_customers WHERE {new}"""
_ATTRIBUTES = """
SELECT gen_random_uuid()::text, md5(customer_code)::uuid::text, name, value FROM (
  SELECT customer_code,
    unnest(ARRAY['customer_code', 'customer_kind', 'company_name', 'tax_code', 'vat_number', 'agency_code', 'scheme',
      'record_hash', 'account_state']) AS name,
    unnest(ARRAY[customer_code, kind, company_name, tax_code, vat_number, agency_code, scheme,
      encode(sha256(customer_code::bytea), 'hex'),
      CASE status WHEN 'ceased' THEN 'ceased' ELSE 'provisioned' END]) AS value
  FROM directory_customers
  UNION ALL SELECT customer_code, channel || '_agency', value FROM directory_contacts
  UNION ALL SELECT customer_code, 'access_mobile', min(value) FROM directory_contacts
    WHERE channel = 'mobile' GROUP BY customer_code
) AS attributes WHERE value <> '' AND {new}"""
_ROLES = "SELECT md5(customer_code)::uuid::text, '{role}' FROM directory_customers WHERE {new}"
_TABLES = {
    "user_entity (id, realm_id, username, first_name, last_name, email_constraint, email_verified, enabled,"
    " not_before)": _USERS,
    "user_attribute (id, user_id, name, value)": _ATTRIBUTES,
    "user_role_mapping (user_id, role_id)": _ROLES,
}


class KeycloakUsers:
    """The users of one realm in Keycloak's PostgreSQL database."""

    def __init__(self, database_url: str, realm: str) -> None:
        self._url = database_url
        with psycopg.connect(database_url) as connection:
            found = connection.execute(
                "SELECT realm.id, keycloak_role.id FROM realm JOIN keycloak_role ON realm_id = realm.id"
                " WHERE realm.name = %s AND keycloak_role.name = 'default-roles-' || realm.name",
                (realm,),
            ).fetchone()
        assert found is not None, f"no realm {realm} with a default role"
        self._realm, self._role = found
        self._last = ""

    def grow(self, directory_url: str) -> None:
        """Add the customers of the directory that come after those that are there, by their codes."""
        with psycopg.connect(directory_url) as directory, psycopg.connect(self._url) as keycloak:
            for target, query in _TABLES.items():
                chosen = query.format(realm=self._realm, role=self._role, new=f"customer_code > '{self._last}'")
                with (
                    directory.cursor().copy(f"COPY ({chosen}) TO STDOUT") as out,
                    keycloak.cursor().copy(f"COPY {target} FROM STDIN") as into,
                ):
                    for block in out:
                        into.write(block)
            newest = directory.execute("SELECT max(customer_code) FROM directory_customers").fetchone()
        self._last = newest[0] if newest else self._last
        with psycopg.connect(self._url, autocommit=True) as keycloak:
            keycloak.execute("VACUUM (ANALYZE) user_entity, user_attribute, user_role_mapping")
