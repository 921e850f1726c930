"""The people who work here, and the cases in their hands."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, text

from bot.storage.tables.columns import at, metadata, own_id, refers

OPEN_CASES = "state IN ('waiting', 'claimed')"

staff = Table(
    "staff",
    metadata,
    own_id(),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),  # agent, editor, admin
    Column("language", String(8), nullable=False, default="de"),
    Column("password_hash", String(256), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    at("created_at"),
)

staff_session = Table(
    "staff_session",
    metadata,
    own_id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    refers("staff_id", "staff", nullable=True, index=True),
    Column("data", JSON, nullable=False, default=dict),
    at("expires_at"),
)

case = Table(
    "case",
    metadata,
    own_id(),
    refers("conversation_id", "conversation"),
    refers("message_id", "message", nullable=True),  # that opened it or raised its urgency last
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("evidence", JSON, nullable=False, default=dict),
    Column("topic", String(64), nullable=False, default=""),
    Column("opening", Text, nullable=False, default=""),
    refers("staff_id", "staff", nullable=True, index=True),
    at("opened_at"),
    at("claimed_at", nullable=True),
    at("closed_at", nullable=True),
)
Index(
    "uq_case_open",
    case.c.conversation_id,
    unique=True,
    sqlite_where=text(OPEN_CASES),
    postgresql_where=text(OPEN_CASES),
)
Index("ix_case_queue", case.c.state, case.c.urgency, case.c.opened_at)
