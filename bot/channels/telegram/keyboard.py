"""Buttons, there and back: ours as Telegram's inline keyboard, and a press as our button again."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.cleaning import clean
from bot.channels.fields import Json, label, mapping, string
from bot.domain.message import Button

MAX_DATA = 64  # bytes, https://core.telegram.org/bots/api#inlinekeyboardbutton
MAX_BUTTONS = 100  # a message (python-telegram-bot, InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
MAX_ROW = 8  # buttons (python-telegram-bot, InlineKeyboardMarkupLimit.BUTTONS_PER_ROW)
ROW_WIDTH = 30  # characters that a phone shows in one row

SPOKEN = "="  # begins the data of a button whose press counts as saying its label


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """The keyboard for `buttons`, None without any. Short labels share a row, a long one has its own."""
    rows: list[list[InlineKeyboardButton]] = []
    longest = 0
    for index, button in enumerate(buttons[:MAX_BUTTONS]):
        face = clean(button.label) or button.value or button.name
        longest = max(longest, len(face))
        made = InlineKeyboardButton(face, callback_data=encode(button, index))
        if rows and len(rows[-1]) < MAX_ROW and longest * (len(rows[-1]) + 1) <= ROW_WIDTH:
            rows[-1].append(made)
        else:
            rows.append([made])
            longest = len(face)
    return InlineKeyboardMarkup(rows) if rows else None


def encode(button: Button, index: int) -> str:
    """What Telegram hands back when `button` is pressed: `name:value`, or a mark where that is longer than Telegram takes.

    A button with the mark still means what the customer read on it: its press comes in as a message with the label's
    words. So no table has to be kept, and nothing is forgotten over a restart.
    """
    data = f"{button.name}:{button.value}" if button.value else button.name
    if len(data.encode()) > MAX_DATA or ":" in button.name or data.startswith(SPOKEN):
        return f"{SPOKEN}{index}"
    return data


def decode(data: str, face: str) -> Button | None:
    """The button behind `data`, with `face` as its label; None where the press counts as saying the label."""
    if data.startswith(SPOKEN):
        return None
    name, _, value = clean(data, 2 * MAX_DATA).partition(":")
    return Button(name, value, face) if name else None


def pressed_label(message: Json, data: str) -> str:
    """What the button with `data` says on `message`; empty where Telegram no longer shows us the message."""
    rows = mapping(message, "reply_markup").get("inline_keyboard")
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and string(button, "callback_data") == data:
                return label(button, "text", 256)
    return ""
