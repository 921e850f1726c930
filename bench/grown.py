"""Content of any size, grown from the sample content: more phrasings by slips of the pen, words left out, swapped and added.

It stands for a company's content in size and variety of words, not in quality: how well a phrasing is understood cannot be read from it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.text import clean

_SEED = 7
_LEAST_EACH = 10
"""Phrasings an answer has at least; a small content has fewer answers."""
_MOST_SLIPS = 3


def grown(content: Content, size: int) -> Content:
    """A content of `size` phrasings (at least 20), spread evenly over answers of the given one; the same at every call."""
    generator = random.Random(_SEED)
    count = min(len(content.answers), size // _LEAST_EACH)
    chosen = generator.sample(content.answers, count)
    answers = [
        _with_phrasings(entry, size // count + (place < size % count), generator) for place, entry in enumerate(chosen)
    ]
    ordered = tuple(sorted(answers, key=lambda entry: entry.id))
    return replace(content, version=f"grown-{size}", answers=ordered)


def _with_phrasings(entry: AnswerEntry, size: int, generator: random.Random) -> AnswerEntry:
    kept = {clean(one.text): one for one in generator.sample(entry.phrasings, min(size, len(entry.phrasings)))}
    while len(kept) < size:
        source = generator.choice(entry.phrasings)
        text = source.text
        for _ in range(generator.randint(1, _MOST_SLIPS)):
            text = _slip(text, entry.phrasings, generator)
        kept.setdefault(clean(text), Phrasing(text, source.language))
    return replace(entry, phrasings=tuple(kept.values()))


def _slip(text: str, others: Sequence[Phrasing], generator: random.Random) -> str:
    """The text with one change, a word of one of the `others` put in among them."""
    words = text.split()
    place = generator.randrange(len(words))
    kind = generator.choice(("word out", "word in", "words swapped", "letter out", "letters swapped"))
    if kind == "word in" or (len(words) < 3 and kind.startswith("word")):
        words.insert(place, generator.choice(generator.choice(others).text.split()))
    elif kind == "word out":
        del words[place]
    elif kind == "words swapped":
        words.insert(place, words.pop(generator.randrange(len(words))))
    else:
        words[place] = _misspelt(words[place], generator, swapped=kind == "letters swapped")
    return " ".join(words)


def _misspelt(word: str, generator: random.Random, *, swapped: bool) -> str:
    if len(word) < 3:
        return word
    place = generator.randrange(1, len(word) - 1)
    return word[:place] + (word[place + 1] + word[place] + word[place + 2 :] if swapped else word[place + 1 :])
