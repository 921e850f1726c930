"""What the customer of the first case does further, and what people said of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent
from bot.storage import intake
from bot.storage.store import Store
from bot.storage.tables import message, right_answer, urgency_correction

BILL, SIM = "bill-higher", "sim-block"
Publish = Callable[..., Awaitable[None]]
KEY = ConversationKey("web", "site", "chat-0")
_NUMBERS = count()


async def _happens(store: Store, kind: EventKind, message_id: str, text: str = "", button: Button | None = None) -> int:
    event = InboundEvent(KEY, f"further-{next(_NUMBERS)}", kind, message_id, text, button=button)

    def unit(connection: Any) -> int:
        intake.accept(connection, [event])
        rows = connection.execute(message.select().where(message.c.vendor_id == message_id)).all()
        return int(rows[0].id)

    return await store.write(unit)


async def write(store: Store, text: str) -> int:
    """They write; returns the message."""
    return await _happens(store, EventKind.MESSAGE, f"written-{next(_NUMBERS)}", text)


async def press(store: Store, name: str, label: str) -> int:
    """They press a button; returns the message."""
    return await _happens(store, EventKind.BUTTON, f"pressed-{next(_NUMBERS)}", label, Button(name, "", label))


async def edit(store: Store, number: int, text: str) -> None:
    """They change the opening message of the case with this number."""
    await _happens(store, EventKind.EDIT, f"message-{number - 1}", text)


async def delete(store: Store, number: int) -> None:
    """They delete the opening message of the case with this number."""
    await _happens(store, EventKind.DELETE, f"message-{number - 1}")


async def said_urgent(store: Store) -> list[tuple[int, str, str, int]]:
    """Every word of people on urgency: (message, level, reason, staff)."""
    c = urgency_correction.c
    rows = await store.read(
        lambda connection: connection.execute(select(c.message_id, c.level, c.reason, c.staff_id).order_by(c.id)).all()
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


async def said_right(store: Store) -> list[tuple[int, str | None, int]]:
    """Every word of people on right answers: (message, answer, staff)."""
    c = right_answer.c
    query = select(c.message_id, c.answer_slug, c.staff_id).order_by(c.id)
    rows = await store.read(lambda connection: connection.execute(query).all())
    return [tuple(row) for row in rows]  # type: ignore[misc]
