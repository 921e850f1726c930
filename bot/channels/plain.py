"""A reply as plain text, for channels without formatting."""

from __future__ import annotations

from bot.channels.cleaning import clean
from bot.channels.faces import numbered
from bot.channels.markup import to_plain
from bot.channels.source import credit
from bot.domain.reply import Outgoing


def plain(outgoing: Outgoing, *, with_choices: bool) -> str:
    """What the customer reads: an agent's name, the words, where they are from, and `with_choices` the buttons as numbered lines.

    Empty if the reply says nothing.
    """
    reply = outgoing.reply
    body = to_plain(clean(reply.text)) if reply.markdown else clean(reply.text)
    if not body:
        return ""
    name = " ".join(clean(outgoing.author).split())
    parts = [f"{name}:\n{body}" if name else body]
    if reply.source:
        parts.append(credit(reply.source, reply.language).plain())
    if with_choices:
        parts.append(numbered(reply.buttons, reply.language))
    return "\n\n".join(filter(None, parts))
