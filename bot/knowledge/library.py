"""The published answers, at hand in memory for everybody who reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bot.domain.answer import Answer
from bot.storage import answers as units
from bot.storage.store import Store

Search = Callable[[str, str], Sequence[str]]
"""Finds answers: (words, language) → ids, best first. Given by assembly, for understanding is not this room's work."""


class Library:
    """Answers by id and by topic. `reload` after publishing; readers see the old or the new shelf, never a half."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelf: dict[str, Answer] = {}
        self._search: Search = lambda _text, _language: ()

    async def reload(self) -> None:
        """Take over what is published now."""
        found = await asyncio.to_thread(self._store.read_now, units.published)
        self._shelf = {item.id: item for item in found}

    def search_with(self, search: Search) -> None:
        """Use `search` from now on."""
        self._search = search

    def get(self, answer_id: str) -> Answer | None:
        """The answer with this id, if it is published."""
        return self._shelf.get(answer_id)

    def all(self) -> list[Answer]:
        """All answers, the company's first."""
        return list(self._shelf.values())

    def search(self, text: str, language: str) -> list[Answer]:
        """Answers that fit `text`, best first; none for an empty text."""
        if not text.strip():
            return []
        return [self._shelf[found] for found in self._search(text, language) if found in self._shelf]
