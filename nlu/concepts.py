"""Words that mean the same to a service desk, German and English alike: `kärtchen`, `sim`, `chip` → `sim_card`.

The table `data/concepts.tsv` holds one concept a line: its name, a tab, and its expressions separated by commas. An expression may be
several words; `stör*` stands for every word that begins so. The table is written for this project; it says nothing about
any one company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from nlu.stemming import stem
from nlu.text import clean, tokens

_DATA = Path(__file__).with_name("data")
_LONGEST = 4
_SHORTEST_PREFIX = 3
_SHORTEST_STEM = 5


class ConceptTable:
    """Finds concepts in a sequence of folded tokens."""

    def __init__(self, lines: Iterable[str], *, shortest_stem: int = 0) -> None:
        """`lines`: the table's lines; blank ones and those that begin with # are left out.

        Words with a shorter stem than `shortest_stem` are found as they are written only: of all the words of a language too many share one.
        """
        self._shortest_stem = shortest_stem
        self._phrases: dict[tuple[str, ...], list[str]] = {}
        self._openings: set[str] = set()
        self._prefixes: dict[str, list[str]] = {}
        self.words: set[str] = set()
        """Expressions that are a single folded word."""
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, expressions = line.rstrip("\n").split("\t")
                for expression in expressions.split(","):
                    self._add(name.strip(), expression.strip())

    def _add(self, name: str, expression: str) -> None:
        if expression.endswith("*"):
            prefix = tokens(clean(expression[:-1]))[0]
            self._prefixes.setdefault(prefix, []).append(name)
            return
        words = tokens(clean(expression))
        if len(words) == 1:
            self.words.add(words[0])
            key: tuple[str, ...] = (self._key(words[0]),)
        elif words:
            key = tuple(stem(word) for word in words)
            self._openings.add(key[0])
        else:
            return
        names = self._phrases.setdefault(key, [])
        if name not in names:
            names.append(name)

    def _key(self, word: str) -> str:
        """What a single word is found by."""
        own = stem(word)
        return own if len(own) >= self._shortest_stem else f"={word}"

    def find(self, stems: Sequence[str], alone: Sequence[Sequence[str]]) -> list[str]:
        """The concepts of a text in order of appearance, each once: of its stems, and of each word by itself (`of_word`)."""
        found: dict[str, None] = {}
        for start, first in enumerate(stems):
            if first in self._openings:
                for end in range(start + 2, min(start + _LONGEST, len(stems)) + 1):
                    found.update(dict.fromkeys(self._phrases.get(tuple(stems[start:end]), ())))
            found.update(dict.fromkeys(alone[start]))
        return list(found)

    def of_word(self, word: str) -> list[str]:
        """The concepts that a single word names, by its stem or by how it begins."""
        names = list(self._phrases.get((self._key(word),), ()))
        for end in range(_SHORTEST_PREFIX, len(word) + 1):
            names += self._prefixes.get(word[:end], ())
        return names


@lru_cache(maxsize=1)
def default_table() -> ConceptTable:
    """The table that comes with the library."""
    return ConceptTable((_DATA / "concepts.tsv").read_text(encoding="utf-8").splitlines())


@lru_cache(maxsize=1)
def lexicon() -> ConceptTable:
    """Everyday words of all walks of life that mean the same, for contents and questions that `default_table` says nothing about."""
    return ConceptTable((_DATA / "lexicon.tsv").read_text(encoding="utf-8").splitlines(), shortest_stem=_SHORTEST_STEM)
