"""Stems for German and English alike, without deciding which of the two a word is.

German follows CISTEM (Weissweiler and Fraser 2017, "Developing a Stemmer for German Based on a Comparative Analysis of
Publicly Available Stemmers"); English endings come off first. Both sides of a match pass through here, so an odd stem harms nothing
as long as it is the same one.
"""

from __future__ import annotations

import re

from nlu.remembering import remembered

_ENGLISH_ENDING = re.compile(r"(?<=[a-z]{3})(?:ings?|ied|ies|ed|ly|able)$")
_DOUBLE_END = re.compile(r"([bdfglmnprt])\1$")
_GE_PREFIX = re.compile(r"^ge(?=.{4,})")
_LONG_ENDING = re.compile(r"(?:em|er|nd)$")
_SHORT_ENDING = re.compile(r"[etsn]$")
_MINIMUM = 4


@remembered
def stem(word: str) -> str:
    """The stem of a folded word: `kundigte`, `gekundigt` → `kundig`; `charged`, `charges` → `charg`."""
    if len(word) < _MINIMUM or not word.isalpha():
        return word
    word = _DOUBLE_END.sub(r"\1", _ENGLISH_ENDING.sub("", word))
    word = _GE_PREFIX.sub("", word)
    while len(word) > _MINIMUM - 1:
        if len(word) > 5 and _LONG_ENDING.search(word):
            word = word[:-2]
        elif _SHORT_ENDING.search(word):
            word = word[:-1]
        else:
            break
    return word
