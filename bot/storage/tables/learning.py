"""What people decided about a message, to be learned from. Nothing here is ever changed: the latest word on a message counts."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from bot.storage.tables.columns import at, metadata, own_id, refers

urgency_correction = Table(
    "urgency_correction",
    metadata,
    own_id(),
    refers("message_id", "message", index=True),
    refers("case_id", "case", index=True),
    Column("level", String(16), nullable=False),
    Column("reason", String(32), nullable=False, default=""),
    refers("staff_id", "staff"),
    at("at"),
)

right_answer = Table(
    "right_answer",
    metadata,
    own_id(),
    refers("message_id", "message", index=True),
    Column("answer_slug", String(128)),  # none: nothing that is published answers it
    refers("staff_id", "staff"),
    at("at"),
)
