"""Messages as a turn would leave them, for tests that are about what comes after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.domain.message import MessageState
from bot.storage.lanes import INBOX
from bot.storage.rows import now
from bot.storage.statements import find_row, update_row
from bot.storage.tables import message


def settle(connection: Connection, message_id: int, state: MessageState, *, reading: Any = None) -> None:
    """The message is in this final state, with this reading."""
    update_row(connection, message, message_id, state=state.value, reading=reading, settled_at=now(), process_id=None)
    row = find_row(connection, message, message_id)
    assert row is not None
    INBOX.open(connection, row.conversation_id)
