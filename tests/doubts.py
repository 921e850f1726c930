"""Replies of which nobody knows whether they arrived, written as the outbox writes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import intake, outbox
from bot.storage.tables import reply

WORDS = "Der Router blinkt **rot** <b>"


def conversation(connection: Connection, chat: str = "77") -> int:
    """A customer of the Telegram channel writes for the first time."""
    event = InboundEvent(ConversationKey("telegram", "1", chat), chat, EventKind.MESSAGE, chat, "hallo")
    found = intake.accept(connection, [event])[0].conversation_id
    assert found is not None
    return found


def doubt(
    connection: Connection, conversation_id: int, kind: ReplyKind = ReplyKind.BOT, *, staff_id: int | None = None
) -> int:
    """A reply whose first send breaks off; returns its id."""
    draft = Reply(kind, WORDS, "de", markdown=kind is not ReplyKind.AGENT)
    made = outbox.queue_reply(connection, conversation_id, 0, draft, staff_id=staff_id)
    break_off(connection, made)
    return made


def break_off(connection: Connection, reply_id: int) -> None:
    """Its turn comes, and the connection breaks half way."""
    (started,) = [one for one in outbox.start(connection, 100) if one.outgoing.id == reply_id]
    outbox.settle_send(connection, started, ReplyState.UNCERTAIN, detail="the connection broke")


def since(connection: Connection, reply_id: int) -> datetime:
    """Since when a reply has been uncertain, or settled otherwise."""
    found: datetime = connection.execute(select(reply.c.settled_at).where(reply.c.id == reply_id)).scalar_one()
    return found
