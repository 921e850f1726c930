"""What the bot may send to the channel, checked strictly: a malformed request is refused with its reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 4096
MAX_ID = 200
MAX_OPTIONS = 10
LANGUAGES = ("de", "en")
BUTTONS_WITH_VALUE = ("choose_answer", "language")
BUTTONS = (
    *BUTTONS_WITH_VALUE, "helped_yes", "helped_no", "other_answer", "human", "leave_contact", "report_fault", "cancel",
)  # fmt: skip
_ID = re.compile(r"[\w.:@=+/-]+")
FORMS = ("contact_form", "fault_form")
_FACTS = ("contact", "fault_since", "fault_scope")


class Malformed(ValueError):
    """The request is not what the contract says. The message tells what is wrong, and quotes no customer text."""


@dataclass(frozen=True)
class Button:
    """A button the customer pressed."""

    name: str
    value: str | None


@dataclass(frozen=True)
class TurnRequest:
    """One message of a conversation. Either `text` or `button` is set."""

    conversation: str
    message_id: str
    text: str | None
    button: Button | None
    context: dict[str, Any]


def parse_turn(body: bytes) -> TurnRequest:
    """Read the body of a turn. Raises Malformed."""
    data = _object(body, frozenset({"conversation", "message_id", "text", "button", "context"}))
    text, button = data.get("text"), data.get("button")
    if (text is None) == (button is None):
        raise Malformed("exactly one of text and button must be given")
    return TurnRequest(
        conversation=_identifier(data, "conversation"),
        message_id=_identifier(data, "message_id"),
        text=None if text is None else _text(text),
        button=None if button is None else _button(button),
        context=_context(data.get("context")),
    )


def parse_read(body: bytes) -> TurnRequest:
    """Read the body of a reading without a conversation. Raises Malformed."""
    data = _object(body, frozenset({"text", "context"}))
    return TurnRequest("", "", _text(data.get("text")), None, _context(data.get("context")))


def _object(body: bytes, known: frozenset[str]) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(data, dict):
        raise Malformed("the body is not a JSON object")
    if data.keys() - known:
        raise Malformed(f"unknown keys; known are {', '.join(sorted(known))}")
    return data


def _identifier(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not _ID.fullmatch(value):
        raise Malformed(f"{key} must be a string of 1 to {MAX_ID} letters, digits and . : @ = + / _ -")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("text must be a string")
    if not value.strip():
        raise Malformed("text is empty")
    if len(value) > MAX_TEXT:
        raise Malformed(f"text is longer than {MAX_TEXT} characters")
    # A lone surrogate is a Python string but no Unicode text: it could be neither stored nor sent on.
    return value.encode("utf-8", "replace").decode("utf-8")


def _button(value: Any) -> Button:
    if not isinstance(value, dict) or value.keys() - {"name", "value"}:
        raise Malformed("button must be an object with name and value")
    name, carried = value.get("name"), value.get("value")
    if name not in BUTTONS:
        raise Malformed(f"button.name must be one of {', '.join(BUTTONS)}")
    if name not in BUTTONS_WITH_VALUE:
        if carried is not None:
            raise Malformed(f"button {name} carries no value")
        return Button(name, None)
    if not isinstance(carried, str) or not 0 < len(carried) <= MAX_ID:
        raise Malformed(f"button {name} needs a value: a string of 1 to {MAX_ID} characters")
    if name == "language" and carried not in LANGUAGES:
        raise Malformed(f"button language needs a value out of {', '.join(LANGUAGES)}")
    return Button(name, carried)


def _context(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("context must be an object")
    for key in ("language", "answer_id", "question"):
        if not isinstance(value.get(key), (str, type(None))):
            raise Malformed(f"context.{key} must be a string or null")
    failures = value.get("failures", 0)
    if not isinstance(failures, (int, type(None))) or isinstance(failures, bool) or not 0 <= (failures or 0) < 1000:
        raise Malformed("context.failures must be a whole number from 0")
    _check_form(value.get("form"))
    return value


def _check_form(form: Any) -> None:
    if form is None:
        return
    if not isinstance(form, dict) or form.keys() - {"name", "slots"} or form.get("name") not in (None, *FORMS):
        raise Malformed("context.form must be what an earlier turn returned as form, or null")
    slots = form.get("slots") or {}
    if not isinstance(slots, dict) or not all(_is_form_slot(name, value) for name, value in slots.items()):
        raise Malformed("context.form.slots must be what an earlier turn returned, or be left out")


def _is_form_slot(name: str, value: Any) -> bool:
    if name in _FACTS:
        return isinstance(value, str)
    if name == "options":
        return isinstance(value, list) and len(value) <= MAX_OPTIONS and all(isinstance(one, str) for one in value)
    allowed: dict[str, tuple[Any, ...]] = {"expecting": ("helped", "choice"), "requested_slot": _FACTS}
    return isinstance(value, str) and value in allowed.get(name, ())
