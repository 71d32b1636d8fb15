"""The bridge's own database: tables, connections, migrations. SQLite and PostgreSQL."""
