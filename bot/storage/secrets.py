"""Secrets that all processes of one database share."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, bindparam, select

from bot.storage.rows import now
from bot.storage.statements import insert_once
from bot.storage.tables import secret

_VALUE = select(secret.c.value).where(secret.c.name == bindparam("name"))


def shared_secret(connection: Connection, name: str) -> str:
    """The secret called `name`: 256 random bits, made at first use and the same for everybody afterwards."""
    insert_once(connection, secret, name=name, value=secrets.token_urlsafe(32), created_at=now())
    return str(connection.execute(_VALUE, {"name": name}).scalar_one())
