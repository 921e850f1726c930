"""What happened: who did what, and when."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from bot.storage.tables.columns import at, metadata, own_id

log = Table(
    "log",
    metadata,
    own_id(),
    at("at"),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(128), nullable=False, default="", index=True),
    Column("detail", JSON, nullable=False, default=dict),
)
