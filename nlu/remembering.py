"""Remembering what was worked out for single words, since the same ones come in message after message."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

_LONGEST = 32
_MOST = 5_000

_Result = TypeVar("_Result")


def remembered(function: Callable[[str], _Result]) -> Callable[[str], _Result]:
    """Keep a function's results for the words met last. Long words are worked out anew, so that no message can fill the memory."""
    kept = lru_cache(maxsize=_MOST)(function)

    @wraps(function)
    def of_word(word: str) -> _Result:
        return kept(word) if len(word) <= _LONGEST else function(word)

    return of_word
