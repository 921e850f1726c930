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

_TABLE = Path(__file__).with_name("data") / "concepts.tsv"
_LONGEST = 4
_SHORTEST_PREFIX = 3


class ConceptTable:
    """Finds concepts in a sequence of folded tokens."""

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines`: the table's lines; blank ones and those that begin with # are left out."""
        self._phrases: dict[tuple[str, ...], list[str]] = {}
        self._prefixes: dict[str, list[str]] = {}
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
        key = tuple(stem(token) for token in tokens(clean(expression)))
        names = self._phrases.setdefault(key, [])
        if name not in names:
            names.append(name)

    def find(self, words: Sequence[str], parts: Sequence[Sequence[str]]) -> list[str]:
        """The concepts named by the words or by the parts of compounds, in order of appearance, each once."""
        stems = [stem(word) for word in words]
        found: dict[str, None] = {}
        for start, word in enumerate(words):
            for length in range(1, min(_LONGEST, len(words) - start) + 1):
                found.update(dict.fromkeys(self._phrases.get(tuple(stems[start : start + length]), ())))
            for piece in (word, *parts[start]):
                found.update(dict.fromkeys(self._of_word(piece)))
        return list(found)

    def _of_word(self, word: str) -> list[str]:
        names = list(self._phrases.get((stem(word),), ()))
        for end in range(_SHORTEST_PREFIX, len(word) + 1):
            names += self._prefixes.get(word[:end], ())
        return names


@lru_cache(maxsize=1)
def default_table() -> ConceptTable:
    """The table that comes with the library."""
    return ConceptTable(_TABLE.read_text(encoding="utf-8").splitlines())
