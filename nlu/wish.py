"""A wish for another language beside a question: `can we do this in English? my internet is slow`.

A wish is a language's name with what one says around it, and a word that makes it a wish. `in German` alone in the middle of a sentence is
none: it may be the manual that is to be in German.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.remembering import remembered
from nlu.text import tokens

_NAMES = dict.fromkeys(tokens("deutsch deutsche deutscher deutsches deutsh german"), "de") | dict.fromkeys(
    tokens("englisch englische englischer englisches english"), "en"
)
_OTHER = {"de": "en", "en": "de"}
_NOT = frozenset(
    tokens("kein keine nicht schlecht schlechtes no not don't dont cannot can't cant doesn't bad poor terrible")
)
_WISHING = _NOT | frozenset(tokens(
    "bitte please pls plz can could would shall let's lets kannst kann konnen konntest konnten konnt sprichst sprechen sprich red rede reden speak"
    " talk schreib schreiben schreibst write antworte antworten answer reply switch continue wechsel wechseln weitermachen lieber prefer rather"
    " nur only possible moglich"
))  # fmt: skip
_AROUND = _WISHING | frozenset(tokens(
    "auf in to into zu ins und and oder or we wir you du sie i ich i'd i'm man es das dies this that it here hier do does is ist geht war chat machen"
    " mach auch also so gut well good sehr very leider unfortunately sorry mir mit me with my mein meine verstehe versteh understand spreche sprache"
    " language lass lassen uns us doch mal gern gerne weiter now jetzt ab instead like better besser too zu change use using umstellen"
))  # fmt: skip
_AROUND_A_NAME = _AROUND | _NAMES.keys()
_PIECE = re.compile(r"[\w'’]+|[^\w\s'’]+")
_LEAST = 2


@dataclass(frozen=True)
class Wish:
    """The language that is wished for, and what the message says besides."""

    language: str
    rest: str


def wish_in(text: str) -> Wish | None:
    """The wish in a cleaned text that says something else too; None where there is no wish, or nothing else.

    >>> wish_in("can we do this in English? my internet is slow").rest
    '? my internet is slow'
    """
    pieces = [(found.start(), found.end(), _word(found.group())) for found in _PIECE.finditer(text)]
    words = [word for _, _, word in pieces]
    language, spans, at = None, [], 0
    while at < len(words):
        if words[at] not in _NAMES:
            at += 1
            continue
        first, last = _reach(words, at)
        wished = _wished(words[first:last], whole=_alone(words, first, last))
        if wished is not None:
            language = wished
            spans.append((pieces[first][0], pieces[last - 1][1]))
        at = last
    if language is None:
        return None
    rest = _without(text, spans)
    return Wish(language, rest) if len(re.findall(r"\w+", rest)) >= _LEAST else None


@remembered
def _word(piece: str) -> str:
    return next(iter(tokens(piece)), "")


def _reach(words: list[str], at: int) -> tuple[int, int]:
    """From where to where the words around a language's name belong to the wish; a mark between words ends it."""
    first = last = at
    while first > 0 and words[first - 1] in _AROUND_A_NAME:
        first -= 1
    while last < len(words) and words[last] in _AROUND_A_NAME:
        last += 1
    return first, last


def _alone(words: list[str], first: int, last: int) -> bool:
    """Whether the words are a sentence or a clause by themselves."""
    return (first == 0 or not words[first - 1]) and (last == len(words) or not words[last])


def _wished(words: list[str], *, whole: bool) -> str | None:
    """The language the words wish for. Where one is only turned down, it is the other."""
    if not whole and not _WISHING.intersection(words):
        return None
    named = [(_NAMES[word], place) for place, word in enumerate(words) if word in _NAMES]
    turned_down = [place for place, word in enumerate(words) if word in _NOT]
    if not turned_down:
        return named[-1][0]
    return _OTHER[min(named, key=lambda one: abs(one[1] - turned_down[0]))[0]]


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return " ".join(text.split())
