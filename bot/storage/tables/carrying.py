"""Codes by which a customer carries a conversation over to another channel."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from bot.storage.tables.columns import at, metadata, own_id, refers

carry_code = Table(
    "carry_code",
    metadata,
    own_id(),
    refers("conversation_id", "conversation", index=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    at("created_at"),
    at("expires_at"),
    at("used_at", nullable=True),
)
