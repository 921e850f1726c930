"""Signs: expressions sought in a sequence of folded words, as data rather than as regular expressions.

A sign is a name with expressions. In an expression a word may end in `*` (begins so), begin with `*` (ends so), be several with `|`, or begin
with `=` (umlauts count: `=würde` is not `wurde`); `<n>` is a number in digits or words, `..` a gap of up to eight words within the sentence. Time is linear in the text: each expression is tried
only where its first word fits and a word it cannot do without is in the text, and gaps are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from nlu.text import fold, unstretch

_GAP = ".."
_WIDEST_GAP = 8
_PREFIX = 3
_ENDS = frozenset(".!?")
_PIECE = re.compile(r"[^\W_]+|[.!?]")
_NUMBERS = frozenset(
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig paar mehreren mehrere einigen two three four five six seven eight nine ten eleven "
    "twelve twenty thirty several couple few".replace("ü", "u")
    .replace("ö", "o")
    .replace("ß", "ss")
    .split()
)


class Word(NamedTuple):
    """A word of the message: as it was typed, folded for comparison, and the number of its sentence."""

    typed: str
    folded: str
    sentence: int


class Found(NamedTuple):
    """A sign seen: its name, its sentence, and the positions of its first and last word."""

    sign: str
    sentence: int
    first: int
    last: int


def words_of(text: str) -> list[Word]:
    """The words of a cleaned text with their sentences; a sentence ends at `.`, `!` or `?`, but not after a number (`14. Tag`)."""
    words: list[Word] = []
    sentence = 0
    for match in _PIECE.finditer(unstretch(text).replace("'", "")):
        typed = match.group()
        if typed in _ENDS:
            sentence += not (typed == "." and words and words[-1].typed.isdigit())
        else:
            words.append(Word(typed, fold(typed.casefold()), sentence))
    return words


class _Element:
    """One word of an expression."""

    def __init__(self, pattern: str) -> None:
        self.number = "<n>" in pattern
        written = [a.casefold() for a in pattern.split("|") if a != "<n>"]
        self.typed = frozenset(a[1:] for a in written if a.startswith("="))
        alternatives = [fold(a) for a in written if not a.startswith("=")]
        self.exact = frozenset(a for a in alternatives if "*" not in a)
        self.prefixes = tuple(a[:-1] for a in alternatives if a.endswith("*"))
        self.suffixes = tuple(a[1:] for a in alternatives if a.startswith("*") and not a.endswith("*"))
        self.plain = not (self.number or self.typed or self.prefixes or self.suffixes)

    def fits(self, whole: Word) -> bool:
        """Whether a word of the message is meant."""
        word = whole.folded
        return (
            word in self.exact
            or (bool(self.typed) and whole.typed.casefold() in self.typed)
            or (bool(self.prefixes) and word.startswith(self.prefixes))
            or (bool(self.suffixes) and word.endswith(self.suffixes))
            or (self.number and _is_number(word))
        )


def _is_number(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS


class _Expression(NamedTuple):
    """An expression of a sign. `needed`: folded words one of which is in every text that has it; empty where there are none such."""

    sign: str
    elements: Sequence[_Element | None]
    needed: frozenset[str]


class SignFinder:
    """Finds all signs of a table in a message."""

    def __init__(self, table: Iterable[str]) -> None:
        """`table`: lines, `[name]` before each sign, then expressions separated by commas; # begins a comment line."""
        self._by_word: dict[str, list[_Expression]] = {}
        self._by_start: dict[str, list[_Expression]] = {}
        self._by_number: list[_Expression] = []
        self._anywhere: list[_Expression] = []
        name = ""
        for line in table:
            line = line.strip()
            if line.startswith("["):
                name = line.strip("[]")
            elif line and not line.startswith("#"):
                for expression in line.split(","):
                    self._add(name, expression.split())

    def _add(self, name: str, pieces: Sequence[str]) -> None:
        if not pieces:
            return
        elements = [None if piece == _GAP else _Element(piece) for piece in pieces]
        first = elements[0]
        assert first is not None, f"{name}: an expression cannot begin with a gap"
        assert all(len(prefix) >= _PREFIX for prefix in first.prefixes), f"{name}: too short a beginning in {pieces}"
        later = [element.exact for element in elements[1:] if element is not None and element.plain]
        expression = _Expression(name, elements, min(later, key=len, default=frozenset()))
        if first.suffixes:
            self._anywhere.append(expression)
            return
        if first.number:
            self._by_number.append(expression)
        for word in (*first.exact, *(fold(typed) for typed in first.typed)):
            self._by_word.setdefault(word, []).append(expression)
        for prefix in first.prefixes:
            self._by_start.setdefault(prefix[:_PREFIX], []).append(expression)

    def find(self, words: Sequence[Word]) -> list[Found]:
        """All signs in the words, each at most once for each place where it begins."""
        found: list[Found] = []
        present = {word.folded for word in words}
        for start, word in enumerate(words):
            seen: set[str] = set()
            for sign, elements, needed in self._begun_by(word.folded):
                if sign in seen or (needed and needed.isdisjoint(present)):
                    continue
                last = _fits(elements, 0, words, start, word.sentence)
                if last is not None:
                    seen.add(sign)
                    found.append(Found(sign, word.sentence, start, last))
        return found

    def _begun_by(self, word: str) -> Iterator[_Expression]:
        """The expressions that may begin with a folded word."""
        yield from self._by_word.get(word, ())
        yield from self._by_start.get(word[:_PREFIX], ())
        if _is_number(word):
            yield from self._by_number
        yield from self._anywhere


def _fits(elements: Sequence[_Element | None], at: int, words: Sequence[Word], start: int, sentence: int) -> int | None:
    """The position of the last word where the elements from `at` fit the sentence's words from `start`, else None."""
    if at == len(elements):
        return start - 1
    if start >= len(words) or words[start].sentence != sentence:
        return None
    element = elements[at]
    if element is None:
        tried = (_fits(elements, at + 1, words, start + skipped, sentence) for skipped in range(_WIDEST_GAP + 1))
        return next((last for last in tried if last is not None), None)
    return _fits(elements, at + 1, words, start + 1, sentence) if element.fits(words[start]) else None
