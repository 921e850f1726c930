"""What comes in: deliveries as the channels brought them, and the messages in them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.tables.columns import Clipped, at, metadata, own_id, refers

OPEN_MESSAGES = "state IN ('queued', 'running')"

event = Table(
    "event",
    metadata,
    own_id(),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("event_id", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", Clipped(128), nullable=False, default=""),
    Column("raw", JSON, nullable=False),
    at("received_at"),
    UniqueConstraint("channel", "account", "event_id"),
)

message = Table(
    "message",
    metadata,
    own_id(),
    refers("conversation_id", "conversation"),
    refers("event_id", "event", index=True),
    Column("position", Integer, nullable=False),
    Column("vendor_id", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("button", JSON),
    Column("details", JSON),  # what came with it for agents' eyes
    Column("files", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False),
    Column("state_reason", Clipped(128), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("revision", Integer, nullable=False, default=0),
    at("due_at"),
    refers("process_id", "process", nullable=True),  # who is working on it
    Column("reading", JSON),
    Column("brain", String(16), nullable=False, default=""),
    at("received_at"),
    at("settled_at", nullable=True),
    UniqueConstraint("conversation_id", "vendor_id"),
    Index("ix_message_conversation_order", "conversation_id", "position"),
)
Index(
    "ix_message_open_lane",
    message.c.conversation_id,
    message.c.id,
    sqlite_where=text(OPEN_MESSAGES),
    postgresql_where=text(OPEN_MESSAGES),
)
Index(  # one message of a conversation is being worked on at a time: the database guarantees it
    "uq_message_running_lane",
    message.c.conversation_id,
    unique=True,
    sqlite_where=text("state = 'running'"),
    postgresql_where=text("state = 'running'"),
)

message_revision = Table(
    "message_revision",
    metadata,
    own_id(),
    refers("message_id", "message", index=True),
    refers("event_id", "event"),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False, default=""),
    at("at"),
)

attachment = Table(
    "attachment",
    metadata,
    own_id(),
    refers("message_id", "message", index=True),
    Column("kind", String(16), nullable=False),
    Column("reference", Clipped(512), nullable=False, default=""),
    Column("name", Clipped(256), nullable=False, default=""),
    Column("media_type", Clipped(128), nullable=False, default=""),
    Column("size", BigInteger),
    Column("source", Text),  # until its content is here, or known to be missing
    at("fetch_due", nullable=True),  # from then on, once an agent may want to see it
    Column("fetches", Integer),
    Column("missing", String(16)),
)
_due = attachment.c.fetch_due.is_not(None)
Index("ix_attachment_fetch_due", attachment.c.fetch_due, sqlite_where=_due, postgresql_where=_due)

attachment_content = Table(  # apart, so that what lists attachments does not read it
    "attachment_content",
    metadata,
    own_id(),
    refers("attachment_id", "attachment", unique=True),
    Column("content", LargeBinary, nullable=False),
)
