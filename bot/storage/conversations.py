"""Units of work for a conversation: its beginning, and what it remembers."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from bot.domain.conversation import ConversationKey, Facts, Owner
from bot.domain.message import Button
from bot.storage.rows import now
from bot.storage.statements import insert_once, insert_row, update_row
from bot.storage.tables import conversation, customer, outcome, reply

_AT = (
    select(conversation.c.id)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.account == bindparam("account"),
        conversation.c.chat == bindparam("chat"),
        conversation.c.thread == bindparam("thread"),
    )
    .with_for_update()
)

_SHOWN = 3  # replies of a turn, at most
_BUTTONS = (
    select(reply.c.buttons)
    .where(reply.c.conversation_id == bindparam("conversation"), reply.c.state.not_in(("dropped", "failed")))
    .order_by(reply.c.position.desc())
    .limit(_SHOWN)
)
_IN = (
    select(conversation.c.id)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.account == bindparam("account"),
        conversation.c.thread == bindparam("thread"),
    )
    .order_by(conversation.c.id)
    .with_for_update()
)


def ensure_conversation(
    connection: Connection, key: ConversationKey, *, name: str = "", language: str | None = None
) -> int:
    """The id of the conversation at `key`, which is this transaction's now; made, with a customer of its own, at first contact."""
    found = conversation_at(connection, key)
    if found is not None:
        return found
    place = {"channel": key.channel, "account": key.account, "chat": key.chat, "thread": key.thread}
    customer_id = insert_row(connection, customer, name=name, created_at=now())
    made = insert_once(
        connection,
        conversation,
        **place,
        customer_id=customer_id,
        owner=Owner.BOT.value,
        epoch=0,
        language=language,
        facts={},
        blocked=False,
        length=0,
        created_at=now(),
    )
    if made is None:  # another process met this customer in the same moment
        connection.execute(delete(customer).where(customer.c.id == customer_id))
        made = connection.execute(_AT, place).scalar_one()
    return made


def conversation_at(connection: Connection, key: ConversationKey) -> int | None:
    """The id of the conversation at `key`, which is this transaction's now; None where there is none."""
    place = {"channel": key.channel, "account": key.account, "chat": key.chat, "thread": key.thread}
    found: int | None = connection.execute(_AT, place).scalar()
    return found


def conversations_in(connection: Connection, key: ConversationKey) -> list[int]:
    """The ids of all customers' conversations in the thread of `key`, which are this transaction's now."""
    place = {"channel": key.channel, "account": key.account, "thread": key.thread}
    return list(connection.execute(_IN, place).scalars())


def remember(connection: Connection, conversation_id: int, facts: Facts, language: str) -> None:
    """Write what the bot must still know after any process died."""
    update_row(connection, conversation, conversation_id, facts=facts.as_dict(), language=language)


def note_outcome(
    connection: Connection,
    conversation_id: int,
    message_id: int,
    answer_id: str,
    kind: str,
    question_id: int | None = None,
) -> None:
    """Write down that an answer helped or did not. `question_id` is the message it answered, if that is known."""
    values = {"conversation_id": conversation_id, "message_id": message_id, "question_id": question_id}
    insert_row(connection, outcome, **values, answer_slug=answer_id, kind=kind, at=now())


def offered_last(connection: Connection, conversation_id: int) -> list[Button]:
    """The buttons under the latest of our replies that had any, of those a customer may have before their eyes."""
    for row in connection.execute(_BUTTONS, {"conversation": conversation_id}):
        if row.buttons:
            return [Button(**button) for button in row.buttons]
    return []
