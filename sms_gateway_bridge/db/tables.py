"""Tables of the bridge. Times are milliseconds since 1970 UTC, by the database's clock; money is euro cents.

No column can hold a code or a link token in clear: ``code_hash`` and ``link_hash`` are keyed hashes (SECURITY O1).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
    text,
)

# Rows come and go by the million: on PostgreSQL a counter of 32 bits would run out. SQLite's counters are 64 bits wide.
Counter = BigInteger().with_variant(Integer(), "sqlite")

LONGEST_REFERENCE = 120
"""Of a message's name at its provider, in characters."""

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)

verifications = Table(
    "verifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("caller", String(20), nullable=False),
    Column("brand", String(40), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("contact", String(320), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("customer_code", String(64), nullable=False),
    Column("greeting_name", String(120)),
    Column("supersession_key", String(64)),
    Column("operation_id", String(128)),
    Column("operation_text", Text),
    Column("operation_amount", String(20)),
    Column("link_url", Text),
    Column("code_validity_s", BigInteger, nullable=False),
    Column("link_validity_s", BigInteger, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("resend_after_s", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("decoy", Boolean, nullable=False, server_default=false()),
    Column("code_hash", LargeBinary),
    Column("link_hash", LargeBinary),
    Column("created_ms", BigInteger, nullable=False),
    Column("requested_ms", BigInteger, nullable=False),
    Column("code_expires_ms", BigInteger, nullable=False),
    Column("link_expires_ms", BigInteger, nullable=False),
    Index(None, "supersession_key"),
    Index(None, "link_expires_ms"),
)

WAITING = text("state IN ('queued', 'sending')")
"""Messages of which it is not yet known what became of them; as their partial index has it, to the letter."""

UNFINISHED_STATES = ("queued", "sending", "unknown")
UNFINISHED = text(f"state IN {UNFINISHED_STATES}")

messages = Table(
    "messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("caller", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("brand", String(40), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("contact", String(320), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("template", String(40), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("verification_id", String(40)),
    Column("generation", Integer),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("provider", String(40)),
    Column("provider_reference", String(LONGEST_REFERENCE)),
    Column("submissions", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("locked_by", String(64)),
    Column("lease_until_ms", BigInteger),
    Column("expires_ms", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("trace_id", String(32), nullable=False),
    # Small, however many messages are remembered; and in the order of the claims, however many wait.
    Index("ix_messages_waiting", "channel", "priority", "due_ms", postgresql_where=WAITING, sqlite_where=WAITING),
    Index("ix_messages_unfinished", "state", postgresql_where=UNFINISHED, sqlite_where=UNFINISHED),
    Index(None, "verification_id"),
    Index(None, "updated_ms"),
    Index(None, "provider_reference"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("provider", String(40), nullable=False),
    Column("reference", String(LONGEST_REFERENCE), nullable=False),
    Column("state", String(12), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "received_ms"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", String(20), nullable=False),
    Column("key", String(200), nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("message_id", String(40), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    Index(None, "created_ms"),
)

request_ids = Table(
    "request_ids",
    metadata,
    # A provider signs as "provider:<name>".
    Column("caller", String(60), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("seen_s", BigInteger, nullable=False),
    PrimaryKeyConstraint("caller", "request_id"),
    Index(None, "seen_s"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", String(64), nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("worker"),
)

drained_providers = Table(
    "drained_providers",
    metadata,
    Column("provider", String(40), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("provider"),
)

provider_reports = Table(
    "provider_reports",
    metadata,
    Column("worker", String(64), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("breaker", String(10), nullable=False),
    Column("under_way", Integer, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("retried", BigInteger, nullable=False),
    Column("unknown", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("worker", "provider"),
)

locks = Table(
    "locks",
    metadata,
    Column("scope", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("touched_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "subject"),
    Index(None, "touched_ms"),
)

budget_hits = Table(
    "budget_hits",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("scope", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", String(20), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "scope", "subject", "at_ms"),
    Index(None, "at_ms"),
)

daily_spend = Table(
    "daily_spend",
    metadata,
    Column("day", String(10), nullable=False),
    Column("audience", String(12), nullable=False),
    Column("cents", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "audience"),
)

conversions = Table(
    "conversions",
    metadata,
    Column("audience", String(12), nullable=False),
    Column("prefix", String(10), nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("alarm_since_ms", BigInteger),
    PrimaryKeyConstraint("audience", "prefix"),
)
