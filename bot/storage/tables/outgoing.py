"""What goes out: replies, and each attempt to send one."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from bot.storage.tables.columns import Clipped, at, metadata, own_id, refers

OPEN_REPLIES = "state IN ('queued', 'sending')"
UNCERTAIN_REPLIES = "state = 'uncertain'"

reply = Table(
    "reply",
    metadata,
    own_id(),
    refers("conversation_id", "conversation"),
    refers("message_id", "message", nullable=True, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("markdown", Boolean, nullable=False, default=False),
    Column("buttons", JSON, nullable=False, default=list),
    Column("source", JSON),
    Column("answer_slug", String(128)),
    Column("private", Boolean),  # for the customer alone, though the conversation is public
    refers("staff_id", "staff", nullable=True),  # whose word it is: who wrote it, or had the bot's sent again
    Column("author", String(128), nullable=False, default=""),
    Column("client_id", String(64)),
    Column("state", String(16), nullable=False),
    Column("state_reason", Clipped(256), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    at("due_at"),
    refers("process_id", "process", nullable=True),  # who is sending it
    Column("vendor_id", String(256), nullable=False, default=""),
    at("created_at"),
    at("settled_at", nullable=True),
    at("delivered_at", nullable=True),
    at("read_at", nullable=True),
    UniqueConstraint("conversation_id", "client_id"),
    Index("ix_reply_conversation_order", "conversation_id", "position"),
    Index("ix_reply_vendor", "conversation_id", "vendor_id"),
)
Index(
    "ix_reply_open_lane",
    reply.c.conversation_id,
    reply.c.id,
    sqlite_where=text(OPEN_REPLIES),
    postgresql_where=text(OPEN_REPLIES),
)
Index(
    "ix_reply_uncertain",
    reply.c.conversation_id,
    reply.c.id,
    sqlite_where=text(UNCERTAIN_REPLIES),
    postgresql_where=text(UNCERTAIN_REPLIES),
)

attempt = Table(
    "attempt",
    metadata,
    own_id(),
    refers("reply_id", "reply", index=True),
    Column("outcome", String(16), nullable=False),
    Column("detail", Clipped(256), nullable=False, default=""),
    at("started_at"),
    at("ended_at", nullable=True),
)
