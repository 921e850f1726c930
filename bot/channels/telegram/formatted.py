"""A text with spans of formatting beside it, so that no character of the text can ever be taken for markup."""

from __future__ import annotations

from dataclasses import dataclass, replace

from telegram import MessageEntity

from bot.channels.base import TextUnit
from bot.channels.splitting import split

MAX_TEXT = 4096  # https://core.telegram.org/bots/api#sendmessage; counted in UTF-16 units, the strictest reading of "characters"
MAX_ENTITIES = 100  # a message; further ones are ignored (https://core.telegram.org/bots/api#formatting-options)


@dataclass(frozen=True)
class Span:
    """Formatting from character `start` to before `end`. `kind` is Telegram's word: bold, italic, code, text_link."""

    kind: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True)
class Formatted:
    """A text and its spans."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Formatted) -> Formatted:
        """This text, then the other, each with its own formatting."""
        shift = len(self.text)
        moved = tuple(replace(span, start=span.start + shift, end=span.end + shift) for span in other.spans)
        return Formatted(self.text + other.text, self.spans + moved)

    def split(self) -> list[Formatted]:
        """Parts that each fit into one message; a span that is cut goes on in the next part."""
        parts, position = [], 0
        for text in split(self.text, MAX_TEXT, TextUnit.UTF16):
            position = self.text.index(text, position)
            parts.append(self._between(position, position + len(text)))
            position += len(text)
        return parts

    def entities(self) -> list[MessageEntity]:
        """The spans as Telegram wants them: offsets in UTF-16 units, links first to survive the limit on their number."""
        kept = sorted(self.spans, key=lambda span: span.kind != "text_link")[:MAX_ENTITIES]
        return [
            MessageEntity(
                span.kind, _units(self.text[: span.start]), _units(self.text[span.start : span.end]), span.url
            )
            for span in sorted(kept, key=lambda span: (span.start, -span.end))
        ]

    def _between(self, start: int, end: int) -> Formatted:
        inside = [
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in self.spans
            if span.start < end and span.end > start
        ]
        return Formatted(self.text[start:end], tuple(inside))


def _units(text: str) -> int:
    return TextUnit.UTF16.measure(text)
