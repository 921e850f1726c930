"""What the Send API takes and refuses, as its documentation has it.

https://developers.facebook.com/docs/messenger-platform/reference/send-api and
https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message

Stricter in one thing: a field that this fake does not know is an error, so that a mistake shows.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

MAX_TEXT = 2000  # characters, Messenger
MAX_BYTES = 1000  # UTF-8, Instagram
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
ACTIONS = {"typing_on", "typing_off", "mark_seen"}


class Refusal(Exception):
    """An answer with an `error`. `mistake`: no correct client would have asked."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        headers: dict[str, str] | None = None,
        mistake: bool = False,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.subcode = subcode
        self.headers = headers or {}
        self.mistake = mistake
        super().__init__(message)

    def body(self) -> Json:
        """The refusal as Meta writes it."""
        error: Json = {"message": f"(#{self.code}) {self.message}", "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": error | {"fbtrace_id": "AfakeTrace4Tests"}}


def wrong(message: str) -> Refusal:
    """A request that no correct client would send."""
    return Refusal(400, 100, message, mistake=True)


def check_version(version: str) -> None:
    """Raise Refusal for a version that is none."""
    if not re.fullmatch(r"v\d{2}\.\d", version):
        raise wrong(f"Unknown version {version}")


def only(body: Json, known: set[str], where: str) -> None:
    """Raise Refusal for fields that are not among `known`."""
    if unknown := body.keys() - known:
        raise wrong(f"Param {where} has unexpected keys {sorted(unknown)}")


def check_send(body: Json, *, instagram: bool) -> None:
    """Raise Refusal for a body that is neither a message nor an action."""
    only(body, {"recipient", "messaging_type", "tag", "message", "sender_action"}, "body")
    if ("message" in body) == ("sender_action" in body):
        raise Refusal(400, 100, "Cannot send both message and state at the same time.", subcode=2018034, mistake=True)
    if "sender_action" in body:
        if body["sender_action"] not in ACTIONS or body.keys() - {"recipient", "sender_action"}:
            raise wrong("Param sender_action must be one of the known ones, and stand alone")
        return
    check_type(body)
    check_message(body["message"], instagram=instagram)


def check_type(body: Json) -> None:
    """Raise Refusal unless the message says, as it must, why it is sent."""
    if body.get("messaging_type") not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise wrong("Param messaging_type is missing")
    if (body["messaging_type"] == "MESSAGE_TAG") != ("tag" in body):
        raise wrong("a tag goes with MESSAGE_TAG and nothing else")
    if body.get("tag", "HUMAN_AGENT") != "HUMAN_AGENT":
        raise wrong("Param tag: only HUMAN_AGENT is left")


def check_message(message: Json, *, instagram: bool) -> None:
    """Raise Refusal for a message that cannot be sent."""
    only(message, {"text", "quick_replies", "attachment", "metadata"}, "message")
    if len(message.get("metadata", "")) > 1000:
        raise wrong("Param message[metadata] is too long")
    if ("text" in message) == ("attachment" in message):
        raise wrong("a message has either a text or an attachment")
    if "text" in message:
        text = message["text"]
        if not text.strip():
            raise wrong("Param message[text] is empty")
        if (len(text.encode()) > MAX_BYTES) if instagram else (len(text) > MAX_TEXT):
            raise wrong("Length of param message[text] must be less than or equal to the limit")
    if "quick_replies" in message:
        _check_quick_replies(message["quick_replies"])


def _check_quick_replies(replies: list[Json]) -> None:
    if not 1 <= len(replies) <= 13:
        raise wrong("Param message[quick_replies] takes 1 to 13")
    for reply in replies:
        only(reply, {"content_type", "title", "payload"}, "quick_replies")
        if reply.get("content_type") != "text" or not 1 <= len(reply.get("title", "").strip()) <= 20:
            raise wrong("a quick reply is a text with a title of at most 20 characters")
        if not 1 <= len(reply.get("payload", "")) <= 1000:
            raise wrong("a quick reply needs a payload of at most 1000 characters")
    if len({reply["payload"] for reply in replies}) < len(replies):
        raise wrong("two quick replies with the same payload")


def check_window(body: Json, now: datetime, heard: datetime | None, *, instagram: bool) -> None:
    """Raise Refusal unless the customer wrote lately enough for this kind of message."""
    allowed = WEEK if body.get("messaging_type") == "MESSAGE_TAG" else DAY
    if heard is None or now - heard > allowed:
        outside = "This message is sent outside of allowed window."
        raise Refusal(400, 10, outside, subcode=2534022 if instagram else 2018278)
