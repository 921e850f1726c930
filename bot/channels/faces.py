"""Buttons as a vendor carries them: a payload that comes back when one is pressed, and numbered lines where there are none to press."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import Capabilities
from bot.channels.cleaning import clean
from bot.domain.message import Button

MAX_PAYLOAD = 256  # characters that every vendor takes; WhatsApp's ids are the shortest but Telegram's
_NUMBERED = {"de": "Zum Antworten genügt die Nummer:", "en": "The number is enough as an answer:"}


def encode(button: Button) -> str:
    """What the vendor hands back when `button` is pressed: `name:value`."""
    return f"{button.name}:{button.value}" if button.value else button.name


def decode(payload: str, face: str) -> Button | None:
    """The button behind `payload`, with `face` as its label; None where nothing is behind it."""
    name, _, value = clean(payload, 2 * MAX_PAYLOAD).partition(":")
    return Button(name, value, clean(face, MAX_PAYLOAD)) if name else None


def face_of(button: Button, most: int) -> str:
    """What is read on `button`, cut to `most` characters."""
    face = clean(button.label) or button.value or button.name
    return face if len(face) <= most else face[: most - 1].rstrip() + "…"


def told_by_number(buttons: Sequence[Button], capabilities: Capabilities) -> bool:
    """Whether the choices stand in the text, each with its number: the channel shows none to press, not so many, or not all that is on them."""
    whole = all(len(face_of(button, MAX_PAYLOAD)) <= capabilities.max_label for button in buttons)
    return len(buttons) > capabilities.max_buttons or not whole


def choices(buttons: Sequence[Button]) -> list[Button]:
    """The buttons that get a number where they are told by it. "Cancel" does not: an answer to a question may be a number."""
    return [button for button in buttons if button.name != "cancel"]


def numbered(buttons: Sequence[Button], language: str) -> str:
    """The choices as lines of text, empty without any; a number alone is understood as the choice (`bot.conversation.choosing`)."""
    lines = [f"{number}. {face_of(button, MAX_PAYLOAD)}" for number, button in enumerate(choices(buttons), 1)]
    if not lines:
        return ""
    return "\n".join([_NUMBERED.get(language, _NUMBERED["de"]), *lines])
