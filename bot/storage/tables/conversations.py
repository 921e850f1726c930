"""Who we talk with, and where."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from bot.storage.tables.columns import Clipped, at, lane, metadata, own_id, refers

channel_account = Table(
    "channel_account",
    metadata,
    own_id(),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("progress", JSON, nullable=False, default=dict),  # where a poller stands; written with what it fetched
    at("verified_at", nullable=True),  # when the vendor last told us who we are, or called our door and was genuine
    at("failing_since", nullable=True),  # NULL while nothing is wrong
    Column("failure", Clipped(256)),
    UniqueConstraint("channel", "account"),
)

customer = Table(
    "customer",
    metadata,
    own_id(),
    Column("name", Clipped(256), nullable=False, default=""),
    at("created_at"),
)

conversation = Table(
    "conversation",
    metadata,
    own_id(),
    refers("customer_id", "customer", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("chat", String(256), nullable=False),
    Column("thread", String(128), nullable=False, default=""),
    Column("owner", String(8), nullable=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("language", Clipped(8)),
    Column("facts", JSON, nullable=False, default=dict),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("length", Integer, nullable=False, default=0),  # messages and replies so far; gives each its position
    *lane("inbox"),
    *lane("outbox"),
    at("heard_at", nullable=True),  # when the customer last wrote: vendors allow words for so long after it
    at("created_at"),
    UniqueConstraint("channel", "account", "chat", "thread"),
)
for due in (conversation.c.inbox_due, conversation.c.outbox_due):
    waiting = due.is_not(None)
    Index(f"ix_conversation_{due.name}", due, sqlite_where=waiting, postgresql_where=waiting)

chat_name = Table(  # a further id by which a vendor calls a chat, beside the one that the conversation is kept by
    "chat_name",
    metadata,
    own_id(),
    refers("conversation_id", "conversation", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("name", String(256), nullable=False),
    UniqueConstraint("channel", "account", "name"),
)

web_visitor = Table(
    "web_visitor",
    metadata,
    own_id(),
    refers("conversation_id", "conversation", index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    at("created_at"),
)
