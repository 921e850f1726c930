"""Fetches what customers send: Telegram tells where a file is, and hands it out there for an hour.

https://core.telegram.org/bots/api#getfile
"""

from __future__ import annotations

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.channels.downloads import MAX_BYTES
from bot.channels.telegram.failures import delivery_error
from bot.domain.message import Missing
from bot.errors import BotError, FileMissing


async def download(bot: Bot, file_id: str) -> bytes:
    """The file that Telegram knows by this id. Raises FileMissing, and DeliveryError where Telegram refuses the bot."""
    address = await _place(bot, file_id)
    try:
        content = await bot.request.retrieve(address)
    except (BadRequest, Forbidden, InvalidToken):  # the token was good for the question where it is
        raise FileMissing(Missing.GONE) from None
    except TelegramError:  # also for a file on the disk of one's own Bot API server, which has no address
        raise FileMissing(Missing.UNREACHABLE) from None  # not "from error": the address holds the token
    if len(content) > MAX_BYTES:
        raise FileMissing(Missing.TOO_LARGE)
    return content


async def _place(bot: Bot, file_id: str) -> str:
    try:
        file = await bot.get_file(file_id)
    except TelegramError as error:
        raise _told(error) from None
    except (KeyError, TypeError, ValueError):  # an answer that cannot be read
        raise FileMissing(Missing.UNREACHABLE) from None
    if (file.file_size or 0) > MAX_BYTES:  # one's own Bot API server hands out larger ones than Telegram's
        raise FileMissing(Missing.TOO_LARGE)
    return file.file_path or ""


def _told(error: TelegramError) -> BotError:
    """What a refusal to say where a file is means. "Wrong file_id or the file is temporarily unavailable" is one refusal for both."""
    words = error.message.lower()
    match error:
        case BadRequest() if "too big" in words:
            return FileMissing(Missing.TOO_LARGE)
        case BadRequest() if "temporarily" not in words:
            return FileMissing(Missing.GONE)
        case NetworkError():
            return FileMissing(Missing.UNREACHABLE)
    return delivery_error(error)
