"""What comes in and goes out, in short words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import Reply, ReplyKind
from bot.storage import inbox, outbox
from bot.storage.tables import message, reply


def key(chat: object, channel: str = "telegram") -> ConversationKey:
    """A conversation."""
    return ConversationKey(channel, "1", str(chat))


def said(chat: object, number: object, text: str = "hallo", *, channel: str = "telegram") -> InboundEvent:
    """A customer writes."""
    return InboundEvent(key(chat, channel), f"{chat}.{number}", EventKind.MESSAGE, str(number), text)


def accept(*events: InboundEvent) -> Any:
    """The unit that takes them in."""
    return lambda connection: inbox.accept(connection, events)


def answer(conversation_id: int, text: str = "Antwort", *, epoch: int = 0) -> Any:
    """The unit that queues a reply of the bot."""
    draft = Reply(ReplyKind.BOT, text, "de")
    return lambda connection: outbox.queue_reply(connection, conversation_id, epoch, draft)


def states(connection: Connection) -> list[str]:
    """The messages' states in their order."""
    return list(connection.execute(select(message.c.state).order_by(message.c.id)).scalars())


def reply_states(connection: Connection) -> list[str]:
    """The replies' states in their order."""
    return list(connection.execute(select(reply.c.state).order_by(reply.c.id)).scalars())
