"""Units of work for where a poller stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.storage.statements import insert_once, update_row
from bot.storage.tables import channel_account

_AT = select(channel_account).where(
    channel_account.c.channel == bindparam("channel"), channel_account.c.account == bindparam("account")
)


def save_progress(connection: Connection, channel: str, account: str, progress: dict[str, Any]) -> None:
    """Remember where a poller stands."""
    insert_once(connection, channel_account, channel=channel, account=account, progress={})
    row = connection.execute(_AT, {"channel": channel, "account": account}).one()
    update_row(connection, channel_account, row.id, progress=progress)


def load_progress(connection: Connection, channel: str, account: str) -> dict[str, Any]:
    """Where a poller stood when its last events were committed; empty at the very first start."""
    row = connection.execute(_AT, {"channel": channel, "account": account}).first()
    return row.progress if row else {}
