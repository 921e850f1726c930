"""What the Bot API takes and refuses, as its documentation has it: https://core.telegram.org/bots/api

Stricter in one thing: a method or a parameter that this fake does not know is an error, so that a mistake shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

MAX_TEXT = 4096
MAX_DATA = 64
MAX_FILE = 20 * 1024 * 1024
ENTITY_KINDS = {"bold", "italic", "underline", "strikethrough", "code", "pre", "text_link", "blockquote"}


class Refusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        self.status = status
        self.description = description
        self.parameters = parameters
        super().__init__(description)


def _bool(value: str) -> bool:
    return {"true": True, "false": False}[value.lower()]


METHODS: dict[str, dict[str, Callable[[str], Any]]] = {
    "getMe": {},
    "getUpdates": {"offset": int, "limit": int, "timeout": int, "allowed_updates": json.loads},
    "setWebhook": {"url": str, "secret_token": str, "allowed_updates": json.loads},
    "deleteWebhook": {"drop_pending_updates": _bool},
    "getWebhookInfo": {},
    "sendMessage": {
        "chat_id": int,
        "text": str,
        "entities": json.loads,
        "reply_markup": json.loads,
        "message_thread_id": int,
        "link_preview_options": json.loads,
    },
    "answerCallbackQuery": {"callback_query_id": str, "text": str},
    "editMessageReplyMarkup": {"chat_id": int, "message_id": int, "reply_markup": json.loads},
    "getFile": {"file_id": str},
    "sendChatAction": {"chat_id": int, "action": str, "message_thread_id": int},
}


def read_parameters(method: str, given: dict[str, str]) -> Json:
    """The parameters in their types; raises Refusal for what is unknown or unreadable."""
    known = METHODS[method]
    if unknown := given.keys() - known.keys():
        raise Refusal(400, f"Bad Request: unknown parameters {sorted(unknown)}")
    try:
        return {name: known[name](value) for name, value in given.items()}
    except (ValueError, KeyError) as error:
        raise Refusal(400, f"Bad Request: unreadable parameter ({error})") from error


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str, entities: list[Json]) -> None:
    """Raise Refusal for a text or entities that cannot be sent."""
    length = units(text)
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if length > MAX_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    if len(entities) > 100:
        raise Refusal(400, "Bad Request: too many entities")
    _check_nesting([_span(entity, length) for entity in entities])


def _span(entity: Json, length: int) -> tuple[int, int, str]:
    """Where an entity begins and ends, and its kind; raises Refusal for one that does not fit a text of `length`."""
    start, end = entity["offset"], entity["offset"] + entity["length"]
    if entity["type"] not in ENTITY_KINDS or not 0 <= start < end <= length:
        raise Refusal(400, f"Bad Request: entity {entity} is not valid in a text of {length}")
    if entity["type"] == "text_link" and not entity.get("url", "").startswith(("http://", "https://")):
        raise Refusal(400, "Bad Request: entity without a link that can be opened")
    return start, end, entity["type"]


def _check_nesting(spans: list[tuple[int, int, str]]) -> None:
    for start, end, kind in spans:
        for other_start, other_end, other_kind in spans:
            if start < other_start < end < other_end:
                raise Refusal(400, "Bad Request: entities overlap")
            inside = (start, end, kind) != (
                other_start,
                other_end,
                other_kind,
            ) and start <= other_start < other_end <= end
            if inside and {"code", "pre"} & {kind, other_kind}:
                raise Refusal(400, "Bad Request: code stands alone")


def check_keyboard(markup: Json | None) -> None:
    """Raise Refusal for an inline keyboard that cannot be shown."""
    if markup is None:
        return
    if set(markup) != {"inline_keyboard"}:
        raise Refusal(400, "Bad Request: only inline keyboards are expected here")
    rows = markup["inline_keyboard"]
    if sum(len(row) for row in rows) > 100 or any(not 1 <= len(row) <= 8 for row in rows):
        raise Refusal(400, "Bad Request: too many buttons")
    for button in (button for row in rows for button in row):
        if set(button) != {"text", "callback_data"} or not button["text"].strip():
            raise Refusal(400, "Bad Request: a button needs a text and callback data")
        if not 1 <= len(button["callback_data"].encode()) <= MAX_DATA:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
