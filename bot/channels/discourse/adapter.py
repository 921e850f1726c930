"""The channel: one account in one Discourse community, told by webhooks what is public, asking for what is private."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from bot.channels.base import Accept, Capabilities, PollingChannel, Request, WebhookChannel
from bot.channels.calls import Answer, Calls
from bot.channels.discourse.parsing import CHANNEL, PRIVATE, Forum, is_private, parse_event
from bot.channels.discourse.private import PrivatePosts
from bot.channels.discourse.refusals import delivery_error, wait_of
from bot.channels.discourse.rendering import render
from bot.channels.discourse.uploads import path_of
from bot.channels.downloads import Downloads
from bot.channels.fields import Json, integer, mapping, string
from bot.channels.pacing import Pace, Sleep
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, InboundEvent, Missing
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError, Fault, FileMissing, RequestRejected, SettingsError
from bot.rates import LocalRates, Rates, Window

_log = logging.getLogger(__name__)

MAX_TEXT = 32_000  # characters: the site setting max_post_length
# 60 requests a key (max_admin_api_reqs_per_minute in config/discourse_defaults.conf), less those that ask for private messages
_KEY = Window("discourse.key", most=50, seconds=60.0)
_POST = Window("discourse.post", most=1, seconds=5.0)  # the site setting rate_limit_create_post


@dataclass(frozen=True)
class DiscourseSettings:
    """One account: `url` of the forum, `username` of the account and its `api_key`, the `webhook_secret`, where it speaks, and as whom.

    `categories` are ids or slugs; `staff_groups` have the company's people who are no moderators; `private`: whether it answers private messages.
    `upload_hosts`: where the forum keeps members' uploads, if not with itself.
    """

    url: str
    username: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    categories: tuple[int | str, ...] = ()
    staff_groups: tuple[str, ...] = ()
    private: bool = True
    bot_name: str = "Bot"
    upload_hosts: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        """The forum's host."""
        return urlsplit(self.url).netloc.lower()

    def faults(self) -> list[Fault]:
        """All that is wrong with these settings, found without asking the forum."""
        found = []
        if not self.username:
            hint = "the user name of the bot's account, as it stands behind the @"
            found.append(Fault("discourse.username", "nobody's key", hint))
        if self.categories and not self.webhook_secret:
            hint = "make one up, at least 12 characters, and give it to the forum's webhook too"
            found.append(Fault("discourse.webhook_secret", "topics are told by webhooks, which must be signed", hint))
        return found

    @property
    def forum(self) -> Forum:
        """What translating needs to know."""
        places = frozenset(str(one).lower() for one in self.categories)
        return Forum(self.account, self.username, places, frozenset(one.lower() for one in self.staff_groups))


class DiscourseChannel(WebhookChannel, PollingChannel):
    """One account in one community."""

    name = CHANNEL
    capabilities = Capabilities(max_text=MAX_TEXT, public=True, only_sure=True)

    def __init__(
        self, settings: DiscourseSettings, *, rates: Rates | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.settings = settings
        self.account = settings.account
        self._forum = settings.forum
        self._calls = Calls(settings.url, "Discourse")
        self._downloads = Downloads(settings.upload_hosts, origin=settings.url)
        self._pace = Pace(rates or LocalRates(), self.account, overall=(_KEY,), sleep=sleep)
        self._sleep = sleep

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings."""
        return self.settings.faults()

    async def start(self) -> None:
        """Connections are made when they are needed."""
        if faults := self.faults():
            raise SettingsError(faults)

    # --- coming in -------------------------------------------------------------------------------------

    def verify(self, request: Request) -> None:
        """The signature over the body as it was sent, and the forum it names."""
        digest = hmac.new(self.settings.webhook_secret.encode(), request.body, hashlib.sha256).hexdigest()
        genuine = request.carries("x-discourse-event-signature", f"sha256={digest}")
        if not genuine or not self.settings.webhook_secret:
            raise RequestRejected("not from this forum", status=401)
        if request.header("x-discourse-instance").rstrip("/") != self.settings.url.rstrip("/"):
            raise RequestRejected("from another forum", status=401)

    def parse(self, request: Request) -> list[InboundEvent]:
        """One event a request; its kind is in a header."""
        return [parse_event(request.header("x-discourse-event"), request.json(), self._forum)]

    async def poll(self, progress: dict[str, Any], accept: Accept) -> None:
        """Ask for private messages for ever. Returns at once where none are wanted, and for an administrator, who would be shown all of everybody's."""
        if not self.settings.private:
            return
        await PrivatePosts(self._ask, self._who, self._forum, sleep=self._sleep).run(progress, accept)

    async def fetch(self, file: Attachment) -> bytes:
        """What a member has uploaded. Raises FileMissing."""
        await self._pace.turn("uploads")
        try:
            return await self._downloads.fetch(self.settings.url.rstrip("/") + path_of(file.source), self._key)
        except FileMissing as missing:
            if missing.why is Missing.GONE and not await self._is_let_in():  # then it only looks as if it were gone
                raise FileMissing(Missing.UNREACHABLE) from None
            raise

    # --- going out -------------------------------------------------------------------------------------

    def is_public(self, key: ConversationKey) -> bool:
        """Topics are; private ones only their participants read."""
        return not is_private(key)

    def private_url(self, key: ConversationKey) -> str:
        """Opens a private message to the bot's account (https://meta.discourse.org/t/compose-a-new-pre-filled-topic-via-url/28074)."""
        return (
            f"{self.settings.url.rstrip('/')}/new-message?username={quote(self.settings.username)}"
            if self.settings.private
            else ""
        )

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post into the topic, as an answer to what is answered. The receipt names the post's number in its topic."""
        text = render(outgoing, self.settings.bot_name)
        if not text:
            raise DeliveryError("the reply says nothing", permanent=True)
        if len(text) > MAX_TEXT:
            raise DeliveryError(f"the post has {len(text)} characters, Discourse takes {MAX_TEXT}", permanent=True)
        post: Json = {"raw": text, "topic_id": _topic(outgoing.key)}
        if outgoing.answers.isdecimal():
            post["reply_to_post_number"] = int(outgoing.answers)
        await self._pace.go(outgoing.key.thread, _POST)
        answer = await self._ask("POST", "/posts.json", body=post)
        if not answer.good:
            if answer.status == 429:
                await self._pace.pause(wait_of(answer))
            raise delivery_error(answer)
        if string(answer.body, "action") == "enqueued":
            _log.warning("a post waits for a moderator's approval: raise the trust level of the bot's account")
        number = integer(answer.body, "post_number")
        return Receipt(str(number) if number is not None else "")

    async def check(self) -> str:
        """Ask the forum who we are. Raises DeliveryError where it refuses us."""
        me = await self._who()
        if string(me, "username").lower() != self.settings.username.lower():
            raise DeliveryError("the key belongs to another account: set discourse.username to it", permanent=True)
        places = ", ".join(str(one) for one in self.settings.categories) or "no category"
        private = "and private messages" if self.settings.private else "and no private messages"
        if me.get("admin") is True and self.settings.private:
            private = "and no private messages, for an administrator is shown those of everybody: take that right away"
        return f"@{string(me, 'username')} on {self.account} answers in {places} {private}"

    async def close(self) -> None:
        """Close the connections."""
        await self._downloads.close()
        await self._calls.close()

    async def _is_let_in(self) -> bool:
        try:
            await self._who()
        except DeliveryError:
            return False
        return True

    async def _who(self) -> Json:
        answer = await self._ask("GET", "/session/current.json")
        if not answer.good:
            raise delivery_error(answer)
        return mapping(answer.body, "current_user")

    async def _ask(self, method: str, path: str, **more: Any) -> Answer:
        return await self._calls.ask(method, path, headers=self._key, **more)

    @property
    def _key(self) -> dict[str, str]:
        return {"Api-Key": self.settings.api_key, "Api-Username": self.settings.username}


def _topic(key: ConversationKey) -> int:
    try:
        return int(key.thread.removeprefix(PRIVATE))
    except ValueError:
        raise DeliveryError("this is no topic of Discourse", permanent=True) from None
