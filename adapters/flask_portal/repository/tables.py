"""The portal's own tables. Every time is UTC; every secret is a keyed fingerprint or sealed, never in clear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also on SQLite, which forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read back as aware UTC."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"},
)

sessions = Table(
    "portal_sessions",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("data", JSON, nullable=False),
    Column("brand", String(40)),
    Column("subject", String(64)),
    Column("keycloak_sid", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Index("ix_portal_sessions_keycloak_sid", "keycloak_sid"),
    Index("ix_portal_sessions_subject", "subject"),
    Index("ix_portal_sessions_last_seen_at", "last_seen_at"),
)

registration_flows = Table(
    "registration_flows",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("brand", String(40), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("locale", String(5), nullable=False),
    Column("kind", String(20)),
    Column("greeting_name", String(200)),
    Column("channel", String(10), nullable=False),
    Column("contact", String(320), nullable=False),
    Column("customer_code", String(64)),
    Column("verification_id", String(64)),
    Column("status", String(20), nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("resend_at", UtcDateTime, nullable=False),
    Column("code_expires_at", UtcDateTime, nullable=False),
    Column("sealed_link", Text),
    Column("link_expires_at", UtcDateTime),
    Column("proof", Text),
    Column("series", String(64), nullable=False),
    Column("asked_by", String(10), nullable=False),
    Column("questions", String(40), nullable=False),
    Column("typed", String(64), nullable=False),
    Column("app", String(40)),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_registration_flows_verification_id", "verification_id", unique=True),
    Index("ix_registration_flows_expires_at", "expires_at"),
)

operations = Table(
    "portal_operations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("brand", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("customer_code", String(64), nullable=False),
    Column("text", String(200), nullable=False),
    Column("nonce", String(64)),
    Column("payload", JSON, nullable=False),
    Column("status", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_portal_operations_expires_at", "expires_at"),
)

domiciles = Table(
    "domiciles",
    metadata,
    Column("customer_code", String(64), primary_key=True),
    Column("street", String(200), nullable=False),
    Column("postal_code", String(12), nullable=False),
    Column("city", String(100), nullable=False),
    Column("province", String(40), nullable=False),
    Column("country", String(2), nullable=False),
    Column("operation_id", String(64), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

spent_logout_tokens = Table(
    "spent_logout_tokens",
    metadata,
    Column("jti", String(128), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False),
)

assistance_requests = Table(
    "assistance_requests",
    metadata,
    Column("reference", String(16), primary_key=True),
    Column("brand", String(40), nullable=False),
    Column("topic", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False),
    Column("policy_number", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("locale", String(5), nullable=False),
    # Set for a request made signed in: then nobody has to find out who it is from.
    Column("customer_code", String(64)),
    Column("status", String(20), nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index("ix_assistance_requests_created_at", "created_at"),
)

attempts = Table(
    "portal_attempts",
    metadata,
    Column("scope", String(20), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("until", UtcDateTime, primary_key=True),
    Column("used", Integer, nullable=False),
    Index("ix_portal_attempts_until", "until"),
)
