#!/bin/sh
# Runs once, on an empty data folder: one database a part, its owner for migrations, and roles that only use the tables.
# What a role may do with which table is granted by `area-clienti migrate`, which knows the tables.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv keycloak KEYCLOAK_DB_PASSWORD
\getenv directory_owner DIRECTORY_OWNER_DB_PASSWORD
\getenv portal PORTAL_DB_PASSWORD
\getenv provisioning PROVISIONING_DB_PASSWORD
\getenv bridge_owner BRIDGE_OWNER_DB_PASSWORD
\getenv bridge BRIDGE_DB_PASSWORD
CREATE ROLE keycloak LOGIN PASSWORD :'keycloak';
CREATE ROLE directory_owner LOGIN PASSWORD :'directory_owner';
CREATE ROLE portal LOGIN PASSWORD :'portal';
CREATE ROLE provisioning LOGIN PASSWORD :'provisioning';
CREATE ROLE bridge_owner LOGIN PASSWORD :'bridge_owner';
CREATE ROLE bridge LOGIN PASSWORD :'bridge';

CREATE DATABASE keycloak OWNER keycloak;
CREATE DATABASE area_clienti OWNER directory_owner;
CREATE DATABASE sms_bridge OWNER bridge_owner;
REVOKE ALL ON DATABASE postgres, template1, keycloak, area_clienti, sms_bridge FROM PUBLIC;
GRANT CONNECT ON DATABASE area_clienti TO portal, provisioning;
GRANT CONNECT ON DATABASE sms_bridge TO bridge;

\connect keycloak
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\connect area_clienti
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal, provisioning;
\connect sms_bridge
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bridge;
SQL
