"""What comes in at the desk's API, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.channels.cleaning import clean
from bot.domain.reading import Urgency
from bot.errors import RequestRejected
from bot.handoff.desk import MAX_REPLY
from bot.web.bodies import read_json

MAX_BODY = 16 * MAX_REPLY  # a reply written wholly in JSON escapes, and some room
_LARGEST = 10**18
_ID = re.compile(r"[0-9]{1,18}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class ReplyBody:
    """What an agent sends off; `client_id` tells a repeated sending from a second reply, `confirmed` that everybody may read personal data in it."""

    client_id: str
    text: str
    confirmed: bool


def id_of(request: web.Request, name: str = "id") -> int:
    """The case, conversation or reply in the address."""
    given = request.match_info[name]
    if not _ID.fullmatch(given):
        raise RequestRejected("an id is a whole number")
    return int(given)


async def reply_body(request: web.Request) -> ReplyBody:
    """Read {client_id, text, confirmed?}; RequestRejected says what to mend."""
    body = await read_json(request, MAX_BODY)
    if not isinstance(body, dict):
        raise RequestRejected("the body must be a JSON object with client_id and text")
    client_id, text = body.get("client_id"), body.get("text")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise RequestRejected("client_id must be 1 to 64 letters, digits, - or _; a new one for each reply")
    if not isinstance(text, str):
        raise RequestRejected("text must be a string")
    if len(text) > MAX_REPLY:
        raise RequestRejected(f"the reply is {len(text)} characters long; at most {MAX_REPLY} can be sent", status=413)
    return ReplyBody(client_id, clean(text), body.get("confirmed") is True)


@dataclass(frozen=True)
class UrgencyBody:
    """How urgent a case is; `reason` is empty where it is not."""

    level: Urgency
    reason: str


@dataclass(frozen=True)
class AnswerBody:
    """Which answer a message should have got; none where nothing answers it."""

    message_id: int
    answer_id: str | None


async def urgency_body(request: web.Request) -> UrgencyBody:
    """Read {level, reason}; RequestRejected says what to mend."""
    return urgency_of(await _fields(request))


def urgency_of(fields: Mapping[str, Any]) -> UrgencyBody:
    """The urgency that fields of a body or a form name."""
    level, reason = fields.get("level"), fields.get("reason") or ""
    if not isinstance(level, str) or not isinstance(reason, str):
        raise RequestRejected("level and reason must be strings")
    try:
        return UrgencyBody(Urgency.named(level), reason)
    except ValueError:
        raise RequestRejected("level must be emergency, high, normal or low") from None


async def answer_body(request: web.Request) -> AnswerBody:
    """Read {message, answer}; RequestRejected says what to mend."""
    fields = await _fields(request)
    message_id, answer_id = number_in(fields, "message"), fields.get("answer")
    if answer_id is not None and not isinstance(answer_id, str):
        raise RequestRejected("answer must be the id of an answer, or null")
    return AnswerBody(message_id, answer_id)


def number_in(fields: Mapping[str, Any], name: str) -> int:
    """The id of a message, case or conversation in a body."""
    found = fields.get(name)
    if type(found) is not int or not 0 < found < _LARGEST:
        raise RequestRejected(f"{name} must be the id of a {name}")
    return found


async def since_body(request: web.Request) -> datetime:
    """Read {since}; RequestRejected says what to mend."""
    return since_of(await _fields(request))


def since_of(fields: Mapping[str, Any]) -> datetime:
    """Since when a reply has been uncertain, as it was told with it, in fields of a body or a form."""
    try:
        return datetime.fromisoformat(fields["since"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RequestRejected("since must be the time that was told with the reply") from None


async def _fields(request: web.Request) -> dict[str, Any]:
    body = await read_json(request, MAX_BODY)
    if not isinstance(body, dict):
        raise RequestRejected("the body must be a JSON object")
    return body
