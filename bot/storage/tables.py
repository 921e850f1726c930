"""The schema. What later capabilities need apart is kept apart from the first day.

Times are UTC, stored naive by SQLite; `Instant` gives them back aware. Order is by id, never by clock.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A point in time: takes and gives aware UTC datetimes on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, which would silently mean something else elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite forgot."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


OPEN_MESSAGES = "state IN ('queued', 'running')"
OPEN_REPLIES = "state IN ('queued', 'sending')"
UNCERTAIN_REPLIES = "state = 'uncertain'"
OPEN_CASES = "state IN ('waiting', 'claimed')"

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a column called INTEGER


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


def _refers(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, Key, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def _at(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=nullable)


# --- who and where -------------------------------------------------------------------------------------

channel_account = Table(
    "channel_account",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("progress", JSON, nullable=False, default=dict),  # where a poller stands; written with what it fetched
    UniqueConstraint("channel", "account"),
)

customer = Table(
    "customer",
    metadata,
    _id(),
    Column("name", String(256), nullable=False, default=""),
    _at("created_at"),
)

conversation = Table(
    "conversation",
    metadata,
    _id(),
    _refers("customer_id", "customer", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("chat", String(256), nullable=False),
    Column("thread", String(128), nullable=False, default=""),
    Column("owner", String(8), nullable=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("language", String(8)),
    Column("facts", JSON, nullable=False, default=dict),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("length", Integer, nullable=False, default=0),  # messages and replies so far; gives each its position
    _at("created_at"),
    UniqueConstraint("channel", "account", "chat", "thread"),
)

web_visitor = Table(
    "web_visitor",
    metadata,
    _id(),
    _refers("conversation_id", "conversation", index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    _at("created_at"),
)

# --- coming in -----------------------------------------------------------------------------------------

event = Table(
    "event",
    metadata,
    _id(),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("event_id", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", String(128), nullable=False, default=""),
    Column("raw", JSON, nullable=False),
    _at("received_at"),
    UniqueConstraint("channel", "account", "event_id"),
)

message = Table(
    "message",
    metadata,
    _id(),
    _refers("conversation_id", "conversation"),
    _refers("event_id", "event", index=True),
    Column("position", Integer, nullable=False),
    Column("vendor_id", String(256), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("button", JSON),
    Column("files", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False),
    Column("state_reason", String(128), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("revision", Integer, nullable=False, default=0),
    _at("due_at"),
    Column("reading", JSON),
    Column("brain", String(16), nullable=False, default=""),
    _at("received_at"),
    _at("settled_at", nullable=True),
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
    _id(),
    _refers("message_id", "message", index=True),
    _refers("event_id", "event"),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False, default=""),
    _at("at"),
)

attachment = Table(
    "attachment",
    metadata,
    _id(),
    _refers("message_id", "message", index=True),
    Column("kind", String(16), nullable=False),
    Column("reference", String(512), nullable=False, default=""),
    Column("name", String(256), nullable=False, default=""),
    Column("media_type", String(128), nullable=False, default=""),
    Column("size", BigInteger),
)

# --- going out -----------------------------------------------------------------------------------------

reply = Table(
    "reply",
    metadata,
    _id(),
    _refers("conversation_id", "conversation"),
    _refers("message_id", "message", nullable=True, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("markdown", Boolean, nullable=False, default=False),
    Column("buttons", JSON, nullable=False, default=list),
    Column("source", JSON),
    Column("answer_slug", String(128)),
    _refers("staff_id", "staff", nullable=True),
    Column("author", String(128), nullable=False, default=""),
    Column("client_id", String(64)),
    Column("state", String(16), nullable=False),
    Column("state_reason", String(256), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    _at("due_at"),
    Column("vendor_id", String(256), nullable=False, default=""),
    _at("created_at"),
    _at("settled_at", nullable=True),
    _at("delivered_at", nullable=True),
    UniqueConstraint("conversation_id", "client_id"),
    Index("ix_reply_conversation_order", "conversation_id", "position"),
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
    _id(),
    _refers("reply_id", "reply", index=True),
    Column("outcome", String(16), nullable=False),
    Column("detail", String(256), nullable=False, default=""),
    _at("started_at"),
    _at("ended_at", nullable=True),
)

# --- people --------------------------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),  # agent, editor, admin
    Column("language", String(8), nullable=False, default="de"),
    Column("password_hash", String(256), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    _at("created_at"),
)

staff_session = Table(
    "staff_session",
    metadata,
    _id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    _refers("staff_id", "staff", nullable=True, index=True),
    Column("data", JSON, nullable=False, default=dict),
    _at("expires_at"),
)

case = Table(
    "case",
    metadata,
    _id(),
    _refers("conversation_id", "conversation"),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("evidence", JSON, nullable=False, default=dict),
    Column("topic", String(64), nullable=False, default=""),
    Column("opening", Text, nullable=False, default=""),
    _refers("staff_id", "staff", nullable=True, index=True),
    _at("opened_at"),
    _at("claimed_at", nullable=True),
    _at("closed_at", nullable=True),
)
Index(
    "uq_case_open",
    case.c.conversation_id,
    unique=True,
    sqlite_where=text(OPEN_CASES),
    postgresql_where=text(OPEN_CASES),
)
Index("ix_case_queue", case.c.state, case.c.urgency, case.c.opened_at)

# --- knowledge -----------------------------------------------------------------------------------------

answer = Table(
    "answer",
    metadata,
    _id(),
    Column("slug", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("topic", String(64), nullable=False),
    _at("created_at"),
)

answer_version = Table(
    "answer_version",
    metadata,
    _id(),
    _refers("answer_id", "answer"),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # draft, review, published, archived
    Column("fingerprint", String(64), nullable=False),
    Column("topic_titles", JSON, nullable=False, default=dict),
    Column("links", JSON, nullable=False, default=list),
    Column("author", String(128), nullable=False, default=""),
    _at("asked_at", nullable=True),
    _at("valid_from", nullable=True),
    _at("valid_until", nullable=True),
    _refers("staff_id", "staff", nullable=True),
    _at("created_at"),
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
    _id(),
    _refers("version_id", "answer_version"),
    Column("language", String(8), nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("short", Text, nullable=False, default=""),
    UniqueConstraint("version_id", "language"),
)

phrasing = Table(
    "phrasing",
    metadata,
    _id(),
    _refers("version_id", "answer_version", index=True),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String(16), nullable=False, default="editor"),
)

community_reply = Table(
    "community_reply",
    metadata,
    _id(),
    _refers("version_id", "answer_version", index=True),
    Column("author", String(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("votes", Integer, nullable=False, default=0),
    Column("accepted", Boolean, nullable=False, default=False),
    _at("written_at"),
)

outcome = Table(
    "outcome",
    metadata,
    _id(),
    _refers("conversation_id", "conversation", index=True),
    _refers("message_id", "message"),
    Column("answer_slug", String(128), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # helped, not_helped
    _at("at"),
)

# --- what happened -------------------------------------------------------------------------------------

log = Table(
    "log",
    metadata,
    _id(),
    _at("at"),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(128), nullable=False, default=""),
    Column("detail", JSON, nullable=False, default=dict),
)
