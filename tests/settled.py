"""Messages as a turn would leave them, for tests that are about what comes after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.domain.message import MessageState
from bot.storage.lanes import INBOX
from bot.storage.rows import now
from bot.storage.statements import find_row, update_row
from bot.storage.tables import message


def settle(
    connection: Connection, message_id: int, state: MessageState, *, reading: Any = None, brain: str = ""
) -> None:
    """The message is in this final state, with this reading."""
    row = find_row(connection, message, message_id)
    assert row is not None
    facts = {
        "state": state.value,
        "reading": reading,
        "brain": brain,
        "attempts": max(row.attempts, 1),
        "process_id": None,
    }
    update_row(connection, message, message_id, **facts, settled_at=now())
    INBOX.open(connection, row.conversation_id)
