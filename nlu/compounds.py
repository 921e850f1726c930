"""German compounds taken apart with the words the content itself uses: `Mobilfunkrechnung` → `mobilfunk`, `rechnung`.

Method: recursive dictionary splitting with linking letters, fewest parts first, as in Koehn and Knight 2003, "Empirical
Methods for Compound Splitting"; the dictionary is the content's vocabulary, so no outside word list is needed.
"""

from __future__ import annotations

from collections.abc import Collection

_LINKS = ("", "s", "es", "n", "en", "e", "er")
_MIN_PART = 4
_MIN_WORD = 8
_MAX_WORD = 40
_SHORT_PARTS = frozenset({"sim", "web", "app", "ort", "tag", "pin", "puk", "abo", "sms", "tv", "lte", "dsl", "lan"})


class CompoundSplitter:
    """Splits folded words into words of a given vocabulary."""

    def __init__(self, words: Collection[str]) -> None:
        """`words`: folded words that may be parts; those too short to be trusted are left out."""
        self._words = frozenset(w for w in words if len(w) >= _MIN_PART and w.isalpha()) | _SHORT_PARTS

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of a compound, or nothing where the word is none. A part is never the whole word."""
        if not _MIN_WORD <= len(word) <= _MAX_WORD or not word.isalpha():
            return ()
        return self._search(word)

    def _search(self, word: str) -> tuple[str, ...]:
        best: list[tuple[str, ...] | None] = [None] * (len(word) + 1)
        best[0] = ()
        for end in range(2, len(word) + 1):
            for start in range(end - 1):
                head = best[start]
                if head is None or (start == 0 and end == len(word)):
                    continue
                part = self._part(word[start:end], last=end == len(word))
                if part and _better((*head, part), best[end]):
                    best[end] = (*head, part)
        return best[len(word)] or ()

    def _part(self, piece: str, *, last: bool) -> str | None:
        if piece in self._words:
            return piece
        if last:
            # The end of the compound is inflected: "rechnungen" is "rechnung".
            return next(
                (
                    piece[: -len(e)]
                    for e in ("en", "n", "s", "e")
                    if piece.endswith(e) and piece[: -len(e)] in self._words
                ),
                None,
            )
        return next(
            (piece[: -len(link)] for link in _LINKS[1:] if piece.endswith(link) and piece[: -len(link)] in self._words),
            None,
        )


def _better(parts: tuple[str, ...], other: tuple[str, ...] | None) -> bool:
    """Fewer parts win, then the longer last part, which carries the meaning in German."""
    return other is None or (len(parts), -len(parts[-1])) < (len(other), -len(other[-1]))
