"""Whether something said in a group is said to us, and what of it remains once our name is taken off.

In a private chat everything is. In a group only a mention of @our_name, a reply to a message of ours, or a command that
carries our name: whoever did not speak to the company gets no answer from it, and what they wrote is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.channels.fields import Json, integer, mapping, mappings, string
from bot.domain.message import Button

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?:\s+(.*))?", re.DOTALL)
_COMMANDS = ("start", "help", "human", "language")
_LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class Identity:
    """Who the bot is: its id, and its @name without the @ (empty until Telegram has been asked)."""

    account: str
    username: str = ""

    def is_called(self, username: str) -> bool:
        """Whether `username` is ours; Telegram's names know no case."""
        return bool(self.username) and username.lower() == self.username.lower()


def is_group(chat: Json) -> bool:
    """Whether others read along in `chat`."""
    return chat.get("type") in ("group", "supergroup")


def said(message: Json) -> str:
    """The words of a message: its text, or the caption of what it carries."""
    return string(message, "text") or string(message, "caption")


def read_command(text: str) -> Button | None:
    """The command that `text` is, as a button; None for any other text.

    A word behind /start is the payload of a t.me link; behind /language it counts only if it is a language we speak.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None or found[1].lower() not in _COMMANDS:
        return None
    name, value = found[1].lower(), (found[3] or "").strip()
    if name == "language":
        value = value.lower() if value.lower() in _LANGUAGES else ""
    return Button(name, value[:64] if name in ("start", "language") else "", f"/{name}")


def foreign_command(text: str, me: Identity) -> bool:
    """Whether `text` is a command that names another bot."""
    found = _COMMAND.fullmatch(text.strip())
    return bool(me.username and found and found[2] and not me.is_called(found[2]))


def is_addressed(message: Json, me: Identity) -> bool:
    """Whether a message in a group is meant for us."""
    replied = mapping(message, "reply_to_message")
    # In a forum every message counts as a reply to the one that opened its topic, which may be ours.
    if str(mapping(replied, "from").get("id")) == me.account and "forum_topic_created" not in replied:
        return True
    units = said(message).encode("utf-16-le", "surrogatepass")
    return any(
        _names_us(entity, units, me)
        for entity in (*mappings(message, "entities"), *mappings(message, "caption_entities"))
    )


def without_name(text: str, me: Identity) -> str:
    """`text` without our @name, which would only confuse the reading."""
    if not me.username:
        return text
    return re.sub(rf"[ \t]*@{re.escape(me.username)}\b[,:]?", "", text, flags=re.IGNORECASE).strip()


def _names_us(entity: Json, units: bytes, me: Identity) -> bool:
    if entity.get("type") == "text_mention":
        return str(mapping(entity, "user").get("id")) == me.account
    start, length = integer(entity, "offset"), integer(entity, "length")
    if start is None or length is None or not 0 <= start < start + length <= len(units) // 2:
        return False
    # Offsets count UTF-16 units: https://core.telegram.org/bots/api#messageentity
    words = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
    if entity.get("type") == "mention":
        return me.is_called(words.removeprefix("@"))
    return entity.get("type") == "bot_command" and me.is_called(words.partition("@")[2])
