"""Units of work for chats that a vendor calls by several ids: they are one conversation, whichever of the ids an event has.

A conversation is kept by the lasting id (WhatsApp's user id) as soon as that is known, and until then by a passing one (a phone number). A passing id may belong
to somebody else one day: so it leads to the conversation of whoever had it last, and never takes a lasting id along to another person's.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.domain.conversation import ConversationKey
from bot.domain.message import InboundEvent
from bot.storage.conversations import conversation_at
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import chat_name, conversation

_HERE = (chat_name.c.channel == bindparam("channel_"), chat_name.c.account == bindparam("account_"))
_CALLED = (
    select(chat_name.c.conversation_id, conversation.c.chat)
    .join(conversation, conversation.c.id == chat_name.c.conversation_id)
    .where(*_HERE, chat_name.c.name == bindparam("name_"))
)
_GIVE = (
    update(chat_name)
    .where(*_HERE, chat_name.c.name == bindparam("name_"))
    .values(conversation_id=bindparam("conversation"))
)
_FORGET = delete(chat_name).where(chat_name.c.conversation_id == bindparam("conversation"))


def placed(connection: Connection, item: InboundEvent) -> InboundEvent:
    """The event in the conversation that its chat has, which from now on is kept by the lasting id where this event is the first to have it."""
    if len(item.names) == 1:  # perhaps the passing one alone
        called = _called(connection, item.key)
        return item if called is None else replace(item, key=replace(item.key, chat=called[1]))
    if not item.names or conversation_at(connection, item.key) is not None:
        return item
    for passing in item.names[1:]:
        known = conversation_at(connection, replace(item.key, chat=passing))
        if known is not None:
            update_row(connection, conversation, known, chat=item.key.chat)
            break
    return item


def remember(connection: Connection, conversation_id: int, item: InboundEvent) -> None:
    """Note that the chat of this event has its further ids, of which somebody else may have had one before."""
    for passing in item.names[1:]:
        key = replace(item.key, chat=passing)
        called = _called(connection, key)
        if called is None:
            place = {"channel": key.channel, "account": key.account, "name": passing}
            insert_row(connection, chat_name, conversation_id=conversation_id, **place)
        elif called[0] != conversation_id:
            connection.execute(_GIVE, {**_place(key), "conversation": conversation_id})


def follow(connection: Connection, item: InboundEvent) -> None:
    """The vendor tells that a chat has new ids: its conversation goes on under them, and nobody who gets the old ones is led to it."""
    before = replace(item.key, chat=item.formerly)
    moving = conversation_at(connection, before)
    if moving is None:
        called = _called(connection, before)
        moving = called[0] if called is not None else None
    if moving is None or conversation_at(connection, item.key) is not None:
        return
    update_row(connection, conversation, moving, chat=item.key.chat)
    connection.execute(_FORGET, {"conversation": moving})
    remember(connection, moving, item)


def _called(connection: Connection, key: ConversationKey) -> tuple[int, str] | None:
    """The conversation whose chat has this further id, and the id it is kept by."""
    found = connection.execute(_CALLED, _place(key)).first()
    return (found.conversation_id, found.chat) if found is not None else None


def _place(key: ConversationKey) -> dict[str, str]:
    return {"channel_": key.channel, "account_": key.account, "name_": key.chat}
