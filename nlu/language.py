"""Which language a message is in: `de`, `en` or `other`.

Function words decide first (Dunning 1994 calls them the cheapest evidence), then character trigrams counted in the content's own
phrasings (Cavnar and Trenkle 1994), and where a short text leaves both silent, the language spoken before.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from nlu.text import tokens

_TABLE = Path(__file__).with_name("data") / "function_words.txt"
_MASKS = frozenset({"xlink", "xmail", "xnumber"})
_MINIMUM_SHARE = 0.34
_DECISIVE = 1.5
_A_WORD_OR_TWO = 2
_WORD_WEIGHT = 2.5
_LAST_LATIN = "\u024f"


class LanguageDetector:
    """Detects the language of cleaned texts."""

    def __init__(self, trigrams: Mapping[str, float]) -> None:
        """`trigrams`: log odds of German against English for each character trigram."""
        self.trigrams = dict(trigrams)
        words = _function_words()
        self._german, self._english = words["de"], words["en"]
        self._other = words["other"] - words["de"] - words["en"]

    @classmethod
    def fit(cls, texts: Iterable[tuple[str, str]]) -> LanguageDetector:
        """Count trigrams in (text, language) pairs; other languages than de and en are left out."""
        counts = {"de": Counter[str](), "en": Counter[str]()}
        for text, language in texts:
            if language in counts:
                counts[language].update(_trigrams(tokens(text)))
        names = sorted(set(counts["de"]) | set(counts["en"]))
        totals = {language: sum(count.values()) + len(names) for language, count in counts.items()}
        odds = {
            name: math.log((counts["de"][name] + 1) / totals["de"]) - math.log((counts["en"][name] + 1) / totals["en"])
            for name in names
        }
        return cls({name: round(value, 3) for name, value in odds.items() if abs(value) > 0.7})

    def detect(self, text: str, previous: str | None = None) -> str:
        """`de`, `en` or `other`; `previous` decides where the text itself does not."""
        words = tokens(text)
        if _foreign_script(text):
            return "other"
        german = sum(word in self._german for word in words)
        english = sum(word in self._english for word in words)
        other = sum(word in self._other for word in words)
        if other > german + english and other >= max(2, _MINIMUM_SHARE * len(words)):
            return "other"
        if len(words) <= _A_WORD_OR_TWO and previous in ("de", "en"):
            return previous  # "ok", "hi" and "Operator" are said in both
        grams = _trigrams(words)
        evidence = math.fsum(self.trigrams.get(gram, 0.0) for gram in grams) / (1.0 + math.sqrt(len(grams)))
        score = _WORD_WEIGHT * (german - english) + evidence
        if abs(score) < _DECISIVE and previous in ("de", "en", "other"):
            return previous
        return "de" if score >= 0 else "en"


@lru_cache(maxsize=1)
def _function_words() -> dict[str, frozenset[str]]:
    words: dict[str, frozenset[str]] = {}
    name = ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif not line.startswith("#"):
            words[name] = words.get(name, frozenset()) | frozenset(tokens(line))
    return words


def _trigrams(words: Sequence[str]) -> list[str]:
    padded = [f" {word} " for word in words if not word[0].isdigit() and word not in _MASKS]
    return [word[i : i + 3] for word in padded for i in range(len(word) - 2)]


def _foreign_script(text: str) -> bool:
    """Whether most letters are of another script than the Latin one."""
    if max(text, default="") <= _LAST_LATIN:
        return False
    letters = [c for c in text[:400] if c.isalpha()]
    foreign = sum(c > _LAST_LATIN and not unicodedata.name(c, "LATIN").startswith("LATIN") for c in letters)
    return bool(letters) and foreign > len(letters) / 2
