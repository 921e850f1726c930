"""What comes in and goes out, in short words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from bot.delivery.backlog import Backlog
from bot.delivery.inbox import Inbox
from bot.domain.conversation import ConversationKey
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import EventKind, InboundEvent, Message, MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind
from bot.storage import cases, inbox, intake, outbox
from bot.storage.live import LocalLive
from bot.storage.store import Store
from bot.storage.tables import message, reply


def key(chat: object, channel: str = "telegram") -> ConversationKey:
    """A conversation."""
    return ConversationKey(channel, "1", str(chat))


def said(chat: object, number: object, text: str = "hallo", *, channel: str = "telegram") -> InboundEvent:
    """A customer writes."""
    return InboundEvent(key(chat, channel), f"{chat}.{number}", EventKind.MESSAGE, str(number), text)


def inbox_of(store: Store, *, most: int = 100_000, most_of_conversation: int = 100) -> Inbox:
    """The way in of a process. Its backlog is looked at by whoever asks for it."""
    return Inbox(store, LocalLive(), Backlog(store, most=most, most_of_conversation=most_of_conversation))


def accept(*events: InboundEvent) -> Any:
    """The unit that takes them in."""
    return lambda connection: intake.accept(connection, events)


def answer(conversation_id: int, text: str = "Antwort", *, epoch: int = 0) -> Any:
    """The unit that queues a reply of the bot."""
    draft = Reply(ReplyKind.BOT, text, "de")
    return lambda connection: outbox.queue_reply(connection, conversation_id, epoch, draft)


def answered(taken: Message) -> Any:
    """The unit of a turn: a reply, which the customer fetches from here, and the message settled."""

    def unit(connection: Connection) -> None:
        draft = Reply(ReplyKind.BOT, "Antwort", "de")
        outbox.queue_reply(connection, taken.conversation_id, 0, draft, message_id=taken.id, sent=True)
        inbox.settle(connection, taken, MessageState.ANSWERED)

    return unit


def handed_over(taken: Message) -> Any:
    """The unit of a turn that gives the message to a person."""

    def unit(connection: Connection) -> None:
        handoff = Handoff(HandoffReason.ASKED, Urgency.NORMAL)
        cases.open_case(connection, taken.conversation_id, handoff, taken.text, message_id=taken.id)
        inbox.settle(connection, taken, MessageState.WITH_AGENT)

    return unit


def states(connection: Connection) -> list[str]:
    """The messages' states in their order."""
    return list(connection.execute(select(message.c.state).order_by(message.c.id)).scalars())


def reply_states(connection: Connection) -> list[str]:
    """The replies' states in their order."""
    return list(connection.execute(select(reply.c.state).order_by(reply.c.id)).scalars())
