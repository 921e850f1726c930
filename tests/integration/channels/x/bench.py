"""What tests of X say and are told, and its two channels alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.assembly import FrontLine
from bot.channels.x import XAccess, XDirect, XPosts
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.rates import LocalRates
from tests.fakes.x import CONSUMER_KEY, CONSUMER_SECRET, CUSTOMER, HANDLE, ME, TOKEN, TOKEN_SECRET, FakeX

MENTIONED = "1001000000000000101"


def access(x: FakeX, **more: Any) -> XAccess:
    return replace(XAccess(CONSUMER_KEY, CONSUMER_SECRET, TOKEN, TOKEN_SECRET, base_url=x.base_url), **more)


def saying(
    text: str, *, answers: str = MENTIONED, kind: ReplyKind = ReplyKind.BOT, author: str = "", **more: Any
) -> Outgoing:
    key = ConversationKey("x", ME, CUSTOMER)
    return Outgoing(1, key, Reply(kind, text, **more), author, answers=answers)


@asynccontextmanager
async def posts(x: FakeX, **more: Any) -> AsyncIterator[XPosts]:
    channel = XPosts(access(x, **more), LocalRates())
    await channel.start()
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def direct(x: FakeX, rates: LocalRates | None = None, **more: Any) -> AsyncIterator[XDirect]:
    channel = XDirect(access(x, **more), rates or LocalRates())
    await channel.start()
    try:
        yield channel
    finally:
        await channel.close()


def mention(text: str = "Wie kündige ich meinen Vertrag?", post_id: str = MENTIONED) -> dict[str, Any]:
    """A customer names the account in a post."""
    named = {"screen_name": HANDLE, "id_str": ME, "indices": [0, len(HANDLE) + 1]}
    tweet = {
        "id_str": post_id,
        "text": f"@{HANDLE} {text}",
        "created_at": "Thu Sep 24 10:40:01 +0000 2026",
        "user": {"id_str": CUSTOMER, "name": "Zoë", "screen_name": "zoe_m"},
        "entities": {"user_mentions": [named], "urls": []},
    }
    return {"for_user_id": ME, "tweet_create_events": [tweet]}


def direct_message(text: str, message_id: str, sender: str = CUSTOMER, to: str = ME) -> dict[str, Any]:
    """Somebody writes a direct message."""
    data = {"text": text, "entities": {"urls": []}}
    created = {"target": {"recipient_id": to}, "sender_id": sender, "message_data": data}
    item = {"type": "message_create", "id": message_id, "created_timestamp": "1790246402000", "message_create": created}
    users = {CUSTOMER: {"id": CUSTOMER, "name": "Zoë Müller"}}
    return {"for_user_id": ME, "direct_message_events": [item], "users": users}


def door(house: FrontLine) -> str:
    return f"http://127.0.0.1:{house.port}/webhooks/x/{ME}"
