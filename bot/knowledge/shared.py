"""Phrasings that stand under two answers: asked in these words the bot cannot know which is meant, and asks back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.answer import Answer
from bot.knowledge.publishing import wordings_of

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Shared:
    """A phrasing as it is written first, and the ids of the answers it stands under."""

    text: str
    answer_ids: tuple[str, ...]


def shared_phrasings(items: Iterable[Answer]) -> list[Shared]:
    """Questions and phrasings of several answers, in the order of their words; case and punctuation make no difference."""
    written: dict[str, str] = {}
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        for wording in wordings_of(item):
            key = " ".join(_WORD.findall(wording.text.casefold()))
            written.setdefault(key, wording.text)
            owners[key].add(item.id)
    return [Shared(written[key], tuple(sorted(ids))) for key, ids in sorted(owners.items()) if len(ids) > 1]
