"""What the bot says in one turn, put together for channels where each reply is a letter: nobody wants three mails for one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.markup import from_plain
from bot.domain.reply import Reply, ReplyKind


def as_letters(replies: Sequence[Reply]) -> list[Reply]:
    """The same words in as few replies as can hold them: a letter has one source and one choice at most, which stand at its end."""
    letters: list[Reply] = []
    for reply in replies:
        joined = _joined(letters[-1], reply) if letters else None
        if joined is None:
            letters.append(reply)
        else:
            letters[-1] = joined
    return letters


def _joined(letter: Reply, reply: Reply) -> Reply | None:
    """Both in one; None where one would have to give something up."""
    if (letter.source and reply.source) or (letter.buttons and reply.buttons):
        return None
    if letter.language != reply.language or ReplyKind.AGENT in (letter.kind, reply.kind):
        return None
    if letter.markdown != reply.markdown:
        letter, reply = _marked(letter), _marked(reply)
    return replace(
        letter,
        kind=ReplyKind.BOT if ReplyKind.BOT in (letter.kind, reply.kind) else ReplyKind.NOTICE,
        text=f"{letter.text}\n\n{reply.text}",
        buttons=letter.buttons or reply.buttons,
        source=letter.source or reply.source,
        answer_id=letter.answer_id or reply.answer_id,
    )


def _marked(reply: Reply) -> Reply:
    return reply if reply.markdown else replace(reply, text=from_plain(reply.text), markdown=True)
