"""The processes that share the work of one database, and the secrets they share."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from bot.storage.tables.columns import Clipped, at, metadata, own_id

process = Table(  # a row is there as long as its process lives, or until others have noticed that it does not
    "process",
    metadata,
    own_id(),
    Column("host", Clipped(128), nullable=False),
    Column("pid", Integer, nullable=False),
    at("started_at"),
)

secret = Table(
    "secret",
    metadata,
    own_id(),
    Column("name", String(64), nullable=False, unique=True),
    Column("value", String(256), nullable=False),
    at("created_at"),
)
