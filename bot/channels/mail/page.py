"""A reply as an HTML part: nothing is fetched when it is opened, and colours are left to the reader's mail program, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.channels.cleaning import clean
from bot.channels.faces import numbered
from bot.channels.markup import to_html
from bot.channels.source import credit
from bot.domain.reply import Outgoing

_BODY = "margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
_COLUMN = "max-width:42em"
_SMALL = "font-size:14px;line-height:1.5"
_FOOT = f"{_SMALL};margin-top:32px;padding-top:16px;border-top:1px solid #88888888"


def page_of(outgoing: Outgoing, notes: Sequence[str]) -> str:
    """The whole part: what is said, where it is from, choices as numbered lines, and `notes` at the foot."""
    reply = outgoing.reply
    text = clean(reply.text)
    parts = [f"<p><strong>{escape(name)}</strong></p>"] if (name := " ".join(clean(outgoing.author).split())) else []
    parts.append(to_html(text) if reply.markdown else _paragraphs(text))
    if reply.source:
        source = credit(reply.source, reply.language)
        title = escape(source.title)
        link = f'<a href="{escape(source.url)}">{title}</a>' if source.url else title
        parts.append(f'<p style="{_SMALL}">{escape(source.before)}{link}</p>')
    if reply.buttons:
        parts.append(_paragraphs(numbered(reply.buttons, reply.language)))
    foot = "".join(f'<p style="margin:0 0 8px">{escape(note)}</p>' for note in notes)
    return (
        f'<!doctype html><html lang="{escape(reply.language)}"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">'
        f'</head><body style="{_BODY}"><div style="{_COLUMN}">{"".join(parts)}<div style="{_FOOT}">{foot}</div></div></body></html>'
    )


def _paragraphs(text: str) -> str:
    blocks = [escape(block).replace("\n", "<br>") for block in text.split("\n\n") if block.strip()]
    return "".join(f"<p>{block}</p>" for block in blocks)
