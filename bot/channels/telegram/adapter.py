"""The channel: one Telegram bot, polled or called, sending and being pressed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from telegram import LinkPreviewOptions
from telegram.constants import ChatAction
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.channels.backoff import Backoff
from bot.channels.base import Accept, Capabilities, PollingChannel, Request, TextUnit, WebhookChannel
from bot.channels.fields import integer, mapping
from bot.channels.pacing import Sleep
from bot.channels.splitting import after_parts
from bot.channels.telegram.addressing import Identity
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.failures import delivery_error, seconds_of, words_of
from bot.channels.telegram.files import download
from bot.channels.telegram.formatted import MAX_TEXT
from bot.channels.telegram.keyboard import MAX_BUTTONS
from bot.channels.telegram.limits import Limiter
from bot.channels.telegram.parsing import CHANNEL, UPDATE_KINDS, parse_update
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.rendering import Part, render
from bot.channels.telegram.settings import TelegramSettings
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, InboundEvent
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError, Fault, RequestRejected, SettingsError
from bot.rates import LocalRates, Rates

_log = logging.getLogger(__name__)

_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
MOST_ACKNOWLEDGING = 256
"""Deliveries at once; a press beyond them keeps its waiting sign, and Telegram ends that by itself."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # an answer with links shall not grow a picture of the first one


class TelegramChannel(PollingChannel, WebhookChannel):
    """One bot. Polls unless the settings name a webhook; `polls` tells which. `accepted` wants to hear of what was committed."""

    name = CHANNEL
    capabilities = Capabilities(max_text=MAX_TEXT, unit=TextUnit.UTF16, max_buttons=MAX_BUTTONS, max_label=64)

    def __init__(self, settings: TelegramSettings, *, rates: Rates | None = None, sleep: Sleep = asyncio.sleep) -> None:
        self.settings = settings
        self.account = settings.account
        self.polls = settings.polls
        self.identity = Identity(settings.account)
        self._connection = Connection(settings)
        self._limiter = Limiter(rates or LocalRates(), settings.account, sleep=sleep)
        self._sleep = sleep
        self._background: set[asyncio.Task[None]] = set()

    # --- coming in -------------------------------------------------------------------------------------

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings."""
        return self.settings.faults()

    async def start(self) -> None:
        """Have the webhook set, where there is one. Telegram being away delays that, and does not keep us from starting.

        Raises SettingsError for settings that cannot work.
        """
        if faults := self.faults():
            raise SettingsError(faults)
        if self.polls:
            return
        try:
            await self._set_webhook()
        except InvalidToken:
            hint = "ask @BotFather for the present one: /mybots, API Token"
            raise SettingsError([Fault("telegram.token", "Telegram refuses the bot's token", hint)]) from None
        except TelegramError as error:
            _log.warning("the webhook could not be set, trying again: %s", words_of(error))
            self._in_background(self._set_webhook_at_last())

    async def poll(self, progress: dict[str, Any], accept: Accept) -> None:
        """Fetch for ever; returns at once where Telegram calls us instead. Raises DeliveryError (permanent) for a refused token."""
        if not self.polls:
            return
        poller = Poller(
            prepare=self._prepare_polling,
            fetch=self._connection.fetch,
            parse=lambda update: parse_update(update, self.identity),
            told=self.accepted,
            sleep=self._sleep,
        )
        await poller.run(progress, accept)

    def verify(self, request: Request) -> None:
        """The secret that was given to Telegram has to come back with each call."""
        secret = self.settings.webhook_secret
        if secret is None or not request.carries(_SECRET_HEADER, secret):
            raise RequestRejected("not from Telegram", status=401)

    def parse(self, request: Request) -> list[InboundEvent]:
        """One update a request. Until Telegram has told us our name we cannot know who speaks to us: 503, and it calls again."""
        if not self.identity.username:
            raise RequestRejected("not ready yet", status=503)
        update = request.json()
        if integer(update, "update_id") is None:
            raise RequestRejected("the body is not an update")
        return [parse_update(update, self.identity)]

    def accepted(self, events: Sequence[InboundEvent]) -> None:
        """To be called once `events` are committed: stops the waiting sign on pressed buttons and takes the buttons away.

        It happens in the background, and its failure harms nobody; so does leaving it out where too much of it is under way.
        """
        presses = [event for event in events if mapping(event.raw, "callback_query") and event.message_id]
        if presses and len(self._background) < MOST_ACKNOWLEDGING:
            self._in_background(self._acknowledge(presses))

    async def fetch(self, file: Attachment) -> bytes:
        """What the customer sent. Raises FileMissing, DeliveryError."""
        return await download(self._connection.bot, file.source)

    async def _acknowledge(self, presses: Sequence[InboundEvent]) -> None:
        bot = self._connection.bot
        for press in presses:
            message = mapping(mapping(press.raw, "callback_query"), "message")
            chosen = press.button.label if press.button else press.text
            try:
                await bot.answer_callback_query(press.message_id, text=chosen[:200] or None)
                if mapping(message, "reply_markup") and (number := integer(message, "message_id")) is not None:
                    await bot.edit_message_reply_markup(chat_id=int(press.key.chat), message_id=number)
            except TelegramError as error:
                _log.info("a press was stored but could not be acknowledged: %s", words_of(error))

    async def _prepare_polling(self) -> None:
        await self._introduce()
        await self._connection.bot.delete_webhook()  # Telegram does not answer getUpdates while one is set

    async def _set_webhook(self) -> None:
        await self._introduce()
        await self._connection.bot.set_webhook(
            self.settings.webhook_url, secret_token=self.settings.webhook_secret, allowed_updates=UPDATE_KINDS
        )

    async def _set_webhook_at_last(self) -> None:
        backoff = Backoff()
        while True:
            await self._sleep(backoff.wait())
            try:
                return await self._set_webhook()
            except InvalidToken:
                return _log.error("Telegram refuses the bot's token: the webhook is not set")
            except TelegramError as error:
                _log.warning("the webhook could not be set, trying again: %s", words_of(error))

    async def _introduce(self) -> None:
        me = await self._connection.bot.get_me()
        self.identity = Identity(self.account, me.username or "")

    # --- going out -------------------------------------------------------------------------------------

    def is_public(self, key: ConversationKey) -> bool:
        """In a group others read along; groups have negative ids."""
        return key.chat.startswith("-")

    def private_url(self, key: ConversationKey) -> str:
        """Opens a private chat with the bot (https://core.telegram.org/api/links#public-username-links)."""
        return f"https://t.me/{self.identity.username}" if self.identity.username else ""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Send all parts of a reply in order. The receipt names the last one, which has the buttons."""
        parts = render(outgoing.reply, outgoing.author)
        if not parts:
            raise DeliveryError("the reply says nothing", permanent=True)
        chat, thread = _place(outgoing.key)
        number = 0
        for sent, part in enumerate(parts):
            if sent:  # what has begun is brought to its end
                await self._limiter.turn(chat)
            elif (
                wait := await self._limiter.claim(chat)
            ) > 0:  # the outbox keeps it: what only waits shall not count as being sent
                raise DeliveryError("Telegram's rate for this chat is used up", retry_after=wait)
            try:
                number = await self._send_part(chat, thread, part)
            except TelegramError as error:
                if isinstance(error, RetryAfter):
                    await self._limiter.pause(chat, seconds_of(error))
                # Not "from error": the frames below hold the token.
                raise after_parts(delivery_error(error), sent, len(parts)) from None
        return Receipt(str(number))

    async def _send_part(self, chat: int, thread: int | None, part: Part) -> int:
        try:
            message = await self._connection.bot.send_message(
                chat,
                part.text,
                entities=part.entities,
                reply_markup=part.keyboard,
                message_thread_id=thread,
                link_preview_options=_NO_PREVIEW,
            )
        except (KeyError, TypeError, ValueError):
            raise TelegramError("an answer that cannot be read") from None
        return message.message_id

    async def typing(self, key: ConversationKey) -> None:
        """Show "writing…" for up to five seconds (https://core.telegram.org/bots/api#sendchataction)."""
        try:
            chat, thread = _place(key)
            await self._connection.bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread)
        except (TelegramError, DeliveryError) as error:
            _log.debug("typing could not be shown: %s", type(error).__name__)

    async def close(self) -> None:
        """Leave acknowledgements be and close the connections. Messages under way belong to whoever awaits them."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._connection.close()

    # --- for the operator ------------------------------------------------------------------------------

    async def check(self) -> str:
        """Ask Telegram who we are and say it in one sentence. Raises DeliveryError where it refuses us or cannot be reached."""
        bot = self._connection.bot
        try:
            me = await bot.get_me()
            hook = await bot.get_webhook_info()
        except TelegramError as error:
            raise delivery_error(error) from None
        groups = "reads all of a group" if me.can_read_all_group_messages else "reads in groups only what is said to it"
        way = "polls" if self.polls else f"is called at {self.settings.webhook_url}"
        trouble = (
            f"; Telegram's last call failed: {hook.last_error_message}" if hook.url and hook.last_error_message else ""
        )
        return f"@{me.username} ({me.first_name}) {way}, {groups}, {hook.pending_update_count} updates wait{trouble}"

    def _in_background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _place(key: ConversationKey) -> tuple[int, int | None]:
    try:
        return int(key.chat), int(key.thread) if key.thread else None
    except ValueError:
        raise DeliveryError("this is no chat of Telegram", permanent=True) from None
