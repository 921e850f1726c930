"""The append-only log of who did what when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from bot.storage.rows import now
from bot.storage.tables import log


def write_log(
    connection: Connection, actor: str, action: str, object_: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Add a line: `actor` (`staff:3`, `bot`, `operator`) did `action` (`case.claim`) to `object_` (`case:17`)."""
    connection.execute(insert(log).values(at=now(), actor=actor, action=action, object=object_, detail=detail or {}))
