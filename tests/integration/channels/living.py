"""What tests of a whole front line ask of its database."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import select

from bot.assembly import FrontLine
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.storage.tables import conversation, event, message, reply

PATIENCE = 30.0
OPEN = {"queued", "running", "sending"}


async def rows(house: FrontLine, *columns: Any) -> list[tuple[Any, ...]]:
    """These columns of all rows."""
    chosen = select(*columns)
    return await house.store.read(lambda connection: [tuple(row) for row in connection.execute(chosen)])


async def quiet(house: FrontLine) -> None:
    """Wait until every message is worked on and every reply is sent, or was not to be."""
    async with asyncio.timeout(PATIENCE):
        while True:
            waiting = await rows(house, message.c.state), await rows(house, reply.c.state)
            states = {state for found in waiting for (state,) in found}
            if not states & OPEN:
                return
            await asyncio.sleep(0.02)


async def owners(house: FrontLine, channel: str) -> set[str]:
    """Who has the word in the conversations of a channel."""
    found = await rows(house, conversation.c.channel, conversation.c.owner)
    return {owner for name, owner in found if name == channel}


async def reasons(house: FrontLine) -> list[str]:
    """Why events had no effect, in their order."""
    return [reason for (reason,) in await rows(house, event.c.reason) if reason]


def saying(text: str, channel: str, account: str, chat: str, thread: str = "", **more: Any) -> Outgoing:
    """A reply on its way out. What is no field of Outgoing is one of the reply."""
    out = {name: more.pop(name) for name in ("author", "heard_at", "answers") if name in more}
    kind = more.pop("kind", ReplyKind.BOT)
    return Outgoing(17, ConversationKey(channel, account, chat, thread), Reply(kind, text, **more), **out)
