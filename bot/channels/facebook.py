"""Comments below a page's posts, and what visitors write on the page: all of it public.

https://developers.facebook.com/docs/pages-api/comments-mentions
"""

from __future__ import annotations

import asyncio
import re

from bot.channels.base import Capabilities, Channel
from bot.channels.fields import Json
from bot.channels.graph.account import ask_account, ask_silence
from bot.channels.graph.client import GraphClient
from bot.channels.graph.door import Route, Translate
from bot.channels.graph.failures import Meaning, Meanings
from bot.channels.graph.feed import CHANNEL, translate
from bot.channels.graph.messaging import MARK
from bot.channels.messenger import MAX_TEXT
from bot.channels.pacing import Pace, Sleep
from bot.channels.parts import send_parts
from bot.channels.plain import plain
from bot.channels.splitting import split
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError
from bot.rates import Rates, Window

MEANINGS: Meanings = {
    (100, 33): Meaning("the comment is gone, or Meta does not show it to the page"),
    10900: Meaning("this comment has had its one private reply"),
    10901: Meaning("a comment can be replied to privately for seven days only"),
    10903: Meaning("this person cannot be replied to privately"),
}
"""What only comments are refused for."""

_ID = re.compile(r"[A-Za-z0-9_]{1,128}")
# https://developers.facebook.com/docs/messenger-platform/discovery/private-replies
_PRIVATELY = Window("facebook.privately", most=750, seconds=3600.0)


class FacebookChannel(Channel):
    """What is written in public on one page. An answer goes below the comment it answers."""

    name = CHANNEL
    capabilities = Capabilities(max_text=8000, public=True, private_replies=True)

    def __init__(
        self, client: GraphClient, app_id: str, page: str, rates: Rates, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.account = page
        self._client = client
        self._app_id = app_id
        overall = (Window("facebook.overall", most=10, seconds=1.0),)  # Meta's own figure counts by the page's readers
        self._pace = Pace(rates, page, overall=overall, sleep=sleep)
        self._private_pace = Pace(rates, page, overall=(_PRIVATELY,), sleep=sleep)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def routes(self) -> dict[Route, Translate]:
        """The updates that are ours."""
        return {("page", self.account, "changes"): translate}

    def private_url(self, key: ConversationKey) -> str:
        """Opens Messenger on the page."""
        return f"https://m.me/{self.account}"

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Comment below what is answered, else below the post; what is for the customer alone goes to them in Messenger."""
        if outgoing.reply.private:
            return await self._reply_privately(outgoing)
        place = _id_of(outgoing.answers or outgoing.key.thread)
        parts = split(plain(outgoing, with_choices=True), self.capabilities.max_text)

        async def comment(text: str) -> str:
            return await self._create(self._pace, f"{place}/comments", {"message": text}, "id")

        return await send_parts(parts, self._pace, outgoing.key.chat, comment)

    async def fetch(self, file: Attachment) -> bytes:
        """What the customer sent, from where Meta has it for some days. Raises FileMissing."""
        return await self._client.download(file.source)

    async def _reply_privately(self, outgoing: Outgoing) -> Receipt:
        """What the customer answers there comes in as a conversation of the `messenger` channel."""
        written = _id_of(outgoing.answers)
        text = plain(outgoing, with_choices=True)
        if not 0 < len(text) <= MAX_TEXT:
            raise DeliveryError(f"a private reply has 1 to {MAX_TEXT} characters", permanent=True)
        await self._private_pace.go(outgoing.key.chat)
        recipient = {"post_id" if written == outgoing.key.thread else "comment_id": written}
        message = {"text": text, "metadata": f"{MARK}{outgoing.id}"}
        body: Json = {"recipient": recipient, "messaging_type": "RESPONSE", "message": message}
        return Receipt(await self._create(self._private_pace, f"{self.account}/messages", body, "message_id"))

    async def check(self) -> str:
        """Ask Meta whose token this is, and whether it tells us of comments. Raises DeliveryError where the token is refused, or another page's."""
        account = await ask_account(self._client, self.account)
        silence = await ask_silence(self._client, self.account, self._app_id, ("feed",))
        return f"answers comments on the page {account.name} ({self.account}){silence}"

    async def _create(self, pace: Pace, path: str, body: Json, named: str) -> str:
        try:
            return await self._client.create(path, body, named)
        except DeliveryError as error:
            if error.retry_after is not None:
                await pace.pause(error.retry_after)
            raise


def _id_of(given: str) -> str:
    if not _ID.fullmatch(given):
        raise DeliveryError("this is no comment or post of Facebook", permanent=True)
    return given
