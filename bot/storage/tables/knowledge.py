"""What the bot can answer, and whether it helped."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from bot.storage.tables.columns import at, metadata, own_id, refers

answer = Table(
    "answer",
    metadata,
    own_id(),
    Column("slug", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("topic", String(64), nullable=False),
    at("created_at"),
)

answer_version = Table(
    "answer_version",
    metadata,
    own_id(),
    refers("answer_id", "answer"),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # draft, review, published, archived
    Column("fingerprint", String(64), nullable=False),
    Column("topic_titles", JSON, nullable=False, default=dict),
    Column("links", JSON, nullable=False, default=list),
    Column("author", String(128), nullable=False, default=""),
    at("asked_at", nullable=True),
    at("valid_from", nullable=True),
    at("valid_until", nullable=True),
    refers("staff_id", "staff", nullable=True),
    at("created_at"),
    UniqueConstraint("answer_id", "number"),
)
Index(
    "uq_answer_version_published",
    answer_version.c.answer_id,
    unique=True,
    sqlite_where=text("state = 'published'"),
    postgresql_where=text("state = 'published'"),
)

answer_text = Table(
    "answer_text",
    metadata,
    own_id(),
    refers("version_id", "answer_version"),
    Column("language", String(8), nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("short", Text, nullable=False, default=""),
    UniqueConstraint("version_id", "language"),
)

phrasing = Table(
    "phrasing",
    metadata,
    own_id(),
    refers("version_id", "answer_version", index=True),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String(16), nullable=False, default="editor"),
)

community_reply = Table(
    "community_reply",
    metadata,
    own_id(),
    refers("version_id", "answer_version", index=True),
    Column("author", String(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("votes", Integer, nullable=False, default=0),
    Column("accepted", Boolean, nullable=False, default=False),
    at("written_at"),
)

outcome = Table(
    "outcome",
    metadata,
    own_id(),
    refers("conversation_id", "conversation", index=True),
    refers("message_id", "message"),
    refers("question_id", "message", nullable=True, index=True),  # what was asked; none for a press on an older answer
    Column("answer_slug", String(128), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # helped, not_helped
    at("at"),
)
