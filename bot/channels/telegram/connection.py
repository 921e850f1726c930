"""The connection to the Bot API: python-telegram-bot's client, made discreet and fit for updates it does not know."""

from __future__ import annotations

import json
import logging
import os
from typing import Any
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels.fields import Json
from bot.channels.telegram.failures import TOKEN_IN_URL
from bot.channels.telegram.parsing import UPDATE_KINDS
from bot.channels.telegram.settings import TelegramSettings

_TALKATIVE = ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "telegram.Bot")
BATCH = 100  # updates a request, the most there is: https://core.telegram.org/bots/api#getupdates


class Connection:
    """Two clients of one bot: `bot` for everything we say, and one connection of its own for asking what is new."""

    def __init__(self, settings: TelegramSettings) -> None:
        _keep_secrets()
        self._poll_seconds = settings.poll_seconds
        # The answer to getUpdates may come as late as it was allowed to, and then has to travel.
        self._asking = _Request(connection_pool_size=1, read_timeout=settings.poll_seconds + settings.request_seconds)
        wait, server = settings.request_seconds, settings.base_url.rstrip("/")
        self._saying = _Request(connection_pool_size=64, read_timeout=wait, write_timeout=wait, pool_timeout=wait)
        self.bot = Bot(
            settings.token,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            request=self._saying,
            get_updates_request=self._asking,
        )

    async def fetch(self, offset: int | None) -> list[Any]:
        """Updates from `offset` on, as they came; waits for some. This confirms all before `offset`. Raises TelegramError.

        Not `Bot.get_updates`: that one builds objects of all of them, fails for the whole batch if one has a shape it does
        not know (and so for ever, since nothing gets confirmed), and then logs what the customers wrote.
        """
        wanted = {"timeout": self._poll_seconds, "limit": BATCH, "allowed_updates": json.dumps(UPDATE_KINDS)}
        if offset is not None:
            wanted["offset"] = offset
        updates = await self._asking.post(f"{self.bot.base_url}/getUpdates?{urlencode(wanted)}")
        if not isinstance(updates, list):
            raise TelegramError("Invalid server response")
        return updates

    async def close(self) -> None:
        """Close both clients."""
        await self._asking.shutdown()
        await self._saying.shutdown()


class _Request(HTTPXRequest):
    """The library's transport, which would log a broken answer in full."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> Json:
        """Decode an answer of the Bot API; raises TelegramError for anything that is none."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict) or not answer.keys() & {"result", "description"}:
            raise TelegramError("Invalid server response")
        return answer


class _WithoutToken(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if TOKEN_IN_URL.search(message):
            record.msg, record.args = TOKEN_IN_URL.sub("/bot<token>", message), ()
        return True


_WITHOUT_TOKEN = _WithoutToken()


def _keep_secrets() -> None:
    """The libraries below log whole URLs, with the token, and the texts sent, at levels that operators do turn on."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.addFilter(_WITHOUT_TOKEN)  # twice is once
        logger.setLevel(max(logger.level, logging.WARNING))
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # else RetryAfter warns of its own future
