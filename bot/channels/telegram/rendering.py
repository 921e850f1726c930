"""A reply as the messages Telegram is asked to send. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, MessageEntity

from bot.channels.cleaning import clean
from bot.channels.source import credit
from bot.channels.telegram.formatted import Formatted, Span
from bot.channels.telegram.keyboard import keyboard
from bot.channels.telegram.markup import read_markdown
from bot.domain.reply import Reply, Source


@dataclass(frozen=True)
class Part:
    """One message to send: plain text, its entities (never a parse mode, so no text can format itself), its buttons."""

    text: str
    entities: tuple[MessageEntity, ...]
    keyboard: InlineKeyboardMarkup | None


def render(reply: Reply, author: str = "") -> list[Part]:
    """The parts of `reply` in their order, none if it says nothing. The `author` (an agent's name) heads it, buttons end it."""
    text = clean(reply.text)
    body = read_markdown(text) if reply.markdown else Formatted(text)
    if not body.text.strip():
        return []
    name = " ".join(clean(author).split())
    if name:
        body = Formatted(f"{name}\n", (Span("bold", 0, len(name)),)) + body
    if reply.source:
        body = body + Formatted("\n\n") + _source_line(reply.source, reply.language)
    parts = body.split()
    buttons = keyboard(reply.buttons)
    return [Part(part.text, tuple(part.entities()), buttons if part is parts[-1] else None) for part in parts]


def _source_line(source: Source, language: str) -> Formatted:
    """Where an answer is from, its title linked to its public page."""
    found = credit(source, language)
    span = Span("text_link", len(found.before), len(found.before) + len(found.title), found.url)
    return Formatted(found.before + found.title, (span,) if found.url else ())
