"""What Telegram's refusals and the network's failures mean for a reply."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.errors import DeliveryError

TOKEN_IN_URL = re.compile(r"/bot\d+(?::|%3[Aa])[A-Za-z0-9_-]+")

# The request had not left yet when these were raised, so nobody can have received it.
_BEFORE_LEAVING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def delivery_error(error: TelegramError) -> DeliveryError:
    """The DeliveryError for what Telegram or the way there said to one message.

    An answer 4xx is certain: the message was refused. An answer 5xx, a timeout or a broken connection is not: Telegram
    may have taken the message, and the Bot API has no key by which it would recognise it the second time.
    """
    match error:
        case RetryAfter():
            seconds = seconds_of(error)
            return DeliveryError(f"Telegram asks to wait {seconds:g} s", retry_after=seconds)
        case ChatMigrated():
            return DeliveryError(f"the group has moved to chat {error.new_chat_id}", permanent=True)
        case Forbidden():
            return DeliveryError(f"blocked: {words_of(error)}", permanent=True)
        case InvalidToken():
            return DeliveryError("Telegram refuses the bot's token", permanent=True, of_account=True)
        case BadRequest():
            return DeliveryError(f"Telegram refuses the message: {words_of(error)}", permanent=True)
        case Conflict():
            return DeliveryError(f"Telegram refuses for now: {words_of(error)}")
    if isinstance(error.__cause__, _BEFORE_LEAVING):
        return DeliveryError("Telegram cannot be reached", of_account=True)
    return DeliveryError(f"nobody knows whether Telegram took it: {words_of(error)}", certain=False)


def words_of(error: TelegramError) -> str:
    """What the error says, fit for logs and people: without the token, and not a whole page of a broken server."""
    return TOKEN_IN_URL.sub("/bot<token>", error.message)[:200]


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks us to wait. The library gives a timedelta or a number, depending on the environment."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
