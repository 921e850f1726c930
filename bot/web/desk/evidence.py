"""Why a case is here, in words a person understands.

The facts are whatever the flow wrote down; those it is known to write have a label of their own, others are shown under their name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.knowledge.library import Library

MAX_TEXT = 400  # of one fact; the whole is in the transcript
SHOWN_ELSEWHERE = ("contact", "level")
Texts = dict[str, str]
Line = dict[str, str]


def title_of(library: Library, answer_id: Any, language: str) -> str:
    """The question that an answer answers; its id where it is no longer published."""
    found = library.get(str(answer_id))
    return found.text_in(language).question if found else str(answer_id)


class Explainer:
    """Tells the facts of a case in one language."""

    def __init__(self, library: Library, language: str, texts: Texts) -> None:
        self._library = library
        self._language = language
        self._texts = texts
        self._tellers: dict[str, Callable[[Any], str]] = {
            "reason": self._matter,
            "evidence": self._words,
            "words": self._words,
            "candidates": self._candidates,
            "answer_id": self._answer,
            "answer_ids": self._candidates,
            "others": self._candidates,
            "offered": self._candidates,
            "attachments": self._attachments,
            "solved": lambda value: self._texts.get(f"solved.{value}", str(value)),
        }

    def lines(self, facts: dict[str, Any]) -> list[Line]:
        """A label and a text for each fact that says something, in the order they were written down."""
        lines = []
        for key, value in facts.items():
            if value in (None, "", [], {}, ()) or key in SHOWN_ELSEWHERE:
                continue
            if isinstance(value, dict):
                lines += self.lines(value)
                continue
            text = self._tellers.get(key, _plain)(value)[:MAX_TEXT]
            lines.append({"label": self._texts.get(f"evidence.{key}", key.replace("_", " ")), "text": text})
        return lines

    def _matter(self, value: Any) -> str:
        return self._texts.get(f"matter.{value}", str(value))

    def _words(self, value: Any) -> str:
        found = [one.get("words", "") if isinstance(one, dict) else one for one in _listed(value)]
        return " · ".join(
            self._texts["quoted"].format(words=words) for words in dict.fromkeys(map(str, found)) if words
        )

    def _candidates(self, value: Any) -> str:
        return "\n".join(self._candidate(one) for one in _listed(value))

    def _candidate(self, one: Any) -> str:
        if not isinstance(one, dict):
            return self._answer(one)
        confidence = one.get("confidence")
        sure = f" ({confidence:.0%})" if isinstance(confidence, float) else ""
        return self._answer(one.get("answer_id", "")) + sure

    def _answer(self, value: Any) -> str:
        return title_of(self._library, value, self._language)

    def _attachments(self, value: Any) -> str:
        kinds = [str(one.get("kind", "other") if isinstance(one, dict) else one) for one in _listed(value)]
        return ", ".join(self._texts.get(f"attachment.{kind}", kind) for kind in kinds)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
