"""A reply as the contents of the events that a room is sent. Pure."""

from __future__ import annotations

import hashlib
import html
import json

from bot.channels.base import TextUnit
from bot.channels.cleaning import clean
from bot.channels.faces import numbered
from bot.channels.fields import Json
from bot.channels.markup import to_html
from bot.channels.matrix.parsing import MARK
from bot.channels.plain import plain
from bot.channels.source import credit
from bot.channels.splitting import split
from bot.domain.reply import Outgoing, ReplyKind

# An event has at most 65 536 bytes (https://spec.matrix.org/latest/client-server-api/#size-limits), and encrypting makes a third more of it.
MAX_CONTENT = 40_000
MAX_TEXT = 12_000  # bytes of words in one event; characters that JSON escapes take six times as many


def render(outgoing: Outgoing, *, in_group: bool) -> list[Json]:
    """The contents in their order, none if the reply says nothing.

    A machine's words are notices, which no other bot may answer (https://spec.matrix.org/latest/client-server-api/#mnotice); an agent's are text
    as of any person, so that clients announce them.
    """
    parts = split(plain(outgoing, with_choices=True), MAX_TEXT, TextUnit.BYTES)
    kind = "m.text" if outgoing.reply.kind is ReplyKind.AGENT else "m.notice"
    contents: list[Json] = [{"msgtype": kind, "body": part, MARK: str(outgoing.id)} for part in parts]
    if len(contents) == 1:
        formatted = {"format": "org.matrix.custom.html", "formatted_body": _formatted(outgoing)}
        if len(json.dumps(contents[0] | formatted)) <= MAX_CONTENT:
            contents[0] |= formatted
    if (relation := _relation(outgoing, in_group=in_group)) and contents:
        contents[0]["m.relates_to"] = relation
    if outgoing.key.thread:
        for content in contents[1:]:
            content["m.relates_to"] = _in_thread(outgoing.key.thread, outgoing.answers)
    return contents


def transaction_of(outgoing: Outgoing, part: int, content: Json) -> str:
    """The same for each attempt to send this part, and another one where a new database counts its replies from one again.

    It goes by the words alone: what they relate to depends on what is known of the room, which is less after a start.
    """
    told = json.dumps([outgoing.key.chat, content["body"]])
    return f"frontline-{outgoing.id}-{part}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _formatted(outgoing: Outgoing) -> str:
    reply = outgoing.reply
    name = " ".join(clean(outgoing.author).split())
    body = to_html(clean(reply.text)) if reply.markdown else _lines(clean(reply.text))
    parts = [f"<p><strong>{html.escape(name)}:</strong></p>{body}" if name else body]
    if reply.source:
        told = credit(reply.source, reply.language)
        title = html.escape(told.title)
        link = f'<a href="{html.escape(told.url)}">{title}</a>' if told.url else title
        parts.append(f"<p>{html.escape(told.before)}{link}</p>")
    if reply.buttons:
        parts.append(f"<p>{_lines(numbered(reply.buttons, reply.language))}</p>")
    return "".join(parts)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _relation(outgoing: Outgoing, *, in_group: bool) -> Json:
    """In a thread words belong to it; among several it is shown what is answered; between two everybody knows."""
    if outgoing.key.thread:
        return _in_thread(outgoing.key.thread, outgoing.answers)
    return {"m.in_reply_to": {"event_id": outgoing.answers}} if in_group and outgoing.answers else {}


def _in_thread(root: str, answered: str) -> Json:
    """https://spec.matrix.org/latest/client-server-api/#threading."""
    fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": answered or root}}
    return {"rel_type": "m.thread", "event_id": root, **fallback}
