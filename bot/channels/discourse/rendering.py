"""A reply as the text of a post. Pure."""

from __future__ import annotations

from bot.channels.cleaning import clean
from bot.channels.discourse.markdown import literal, markdown
from bot.channels.source import credit
from bot.domain.reply import Outgoing, ReplyKind

# Among members who know each other by name it stands under each post whether a machine or a person wrote it: both use one account, which calls
# itself a program. It also makes the shortest answer as long as Discourse wants a post to be. Neither du nor Sie is needed here.
_MACHINE = {
    "de": "{bot_name} ist ein Computerprogramm. Nicht geholfen? Eine Antwort auf diesen Beitrag genügt.",
    "en": "{bot_name} is a computer program. Did it not help? A reply to this post is enough.",
}
_PERSON = {"de": "Das hat ein Mensch geschrieben, kein Programm.", "en": "A person wrote this, not a program."}


def render(outgoing: Outgoing, bot_name: str) -> str:
    """The post, empty if the reply says nothing: an agent's name on top, and below who wrote it."""
    reply = outgoing.reply
    text = clean(reply.text)
    body = markdown(text) if reply.markdown else literal(text)
    if not body:
        return ""
    name = " ".join(clean(outgoing.author).split())
    parts = [f"**{literal(name)}:**", body] if name else [body]
    if reply.source:
        told = credit(reply.source, reply.language)
        title = f"[{literal(told.title)}](<{told.url}>)" if told.url else literal(told.title)
        parts.append(literal(told.before) + title)
    signatures = _PERSON if reply.kind is ReplyKind.AGENT else _MACHINE
    signature = signatures.get(reply.language, signatures["de"])
    parts.append(f"---\n*{literal(signature.replace('{bot_name}', bot_name))}*")
    return "\n\n".join(parts)
