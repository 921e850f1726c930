"""Posts: what is said to the account in public, and its short answers there."""

from __future__ import annotations

import asyncio
import time

from bot.channels.base import Capabilities
from bot.channels.pacing import Pace, Sleep
from bot.channels.parts import send_parts
from bot.channels.plain import plain
from bot.channels.splitting import split
from bot.channels.x.access import XAccess
from bot.channels.x.account import XAccount
from bot.channels.x.client import Clock
from bot.channels.x.delivery import POSTS
from bot.channels.x.weighing import MAX_WEIGHT, fitted, weight
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Receipt, ReplyKind
from bot.errors import DeliveryError
from bot.rates import Rates, Window

RATE = Window("x.posts", most=100, seconds=900.0)  # https://docs.x.com/x-api/fundamentals/rate-limits, POST /2/tweets
MOST_POSTS = (
    2  # that one reply of a person may take; X lets a program answer once (https://docs.x.com/developer-guidelines)
)


class XPosts(XAccount):
    """The account in public. A reply answers the customer's post, never anything else: X lets nobody be addressed unasked."""

    name = POSTS
    capabilities = Capabilities(max_text=MAX_WEIGHT, public=True)

    def __init__(
        self, access: XAccess, rates: Rates, *, sleep: Sleep = asyncio.sleep, clock: Clock = time.time
    ) -> None:
        super().__init__(access, Pace(rates, access.account, overall=(RATE,), sleep=sleep), clock=clock)

    def private_url(self, key: ConversationKey) -> str:
        """Where X opens a direct message to the account (https://developer.x.com/en/docs/x-for-websites/direct-message-button)."""
        return f"https://x.com/messages/compose?recipient_id={self.account}"

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Answer the customer's post. The bot's words are cut to one post, an agent's fill two or are refused. The receipt names the last post."""
        if not outgoing.answers:
            raise DeliveryError("there is no post that this could answer", permanent=True)
        before = outgoing.answers

        async def post(text: str) -> str:
            nonlocal before
            before = await self._write("/2/tweets", {"text": text, "reply": {"in_reply_to_tweet_id": before}}, "id")
            return before

        return await send_parts(_posts(outgoing), self._pace, outgoing.key.chat, post)


def _posts(outgoing: Outgoing) -> list[str]:
    text = plain(outgoing, with_choices=False)
    if outgoing.reply.kind is not ReplyKind.AGENT:
        return [fitted(text)] if text else []
    parts = [text] if weight(text) <= MAX_WEIGHT else _halves(text)
    if len(parts) > MOST_POSTS:  # a person's words are not cut behind their back
        raise DeliveryError(f"{weight(text)} characters are too long for two posts of X: shorten it", permanent=True)
    return parts


def _halves(text: str) -> list[str]:
    """`text` in posts, cut where people would: as long ones as X's weights allow."""
    limit, parts = MAX_WEIGHT, split(text, MAX_WEIGHT)
    while any(weight(part) > MAX_WEIGHT for part in parts):
        limit -= 10
        parts = split(text, limit)
    return parts
