"""Courtesies around a question: `Hallo, bist du noch da? … Danke im Voraus, MfG` says nothing about what is asked.

A message made of courtesies alone stays as it is: then they are the matter.
"""

from __future__ import annotations

import re

_OPENING = re.compile(
    r"^\W*(?:(?:hallo|hallöchen|hi|hey|hei|moin|servus|gr[uü][sß]+ gott|guten? (?:tag|morgen|abend|mittag)|hello|good (?:morning|evening|afternoon|day)"
    r"|sehr geehrte(?: damen und herren|s team|r herr \w+)?|liebes? (?:team|fernblick-team|support-team|leute)|dear (?:team|sir or madam|all)"
    r"|sorry|entschuldigung|entschuldigen sie|excuse me|there|zusammen|leute|team|ihr lieben|alle"
    r"|(?:bist du|sind sie|seid ihr) noch (?:da|dran)|noch da|(?:are |r )?(?:you |u )?still there"
    r"|(?:bist du da|sind sie da|ist da (?:noch )?jemand|(?:are |r )?(?:you|u) there|is any(?:one|body) there)(?=\s*[?!.,]))\b[\s,.!?:;-]*)+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[\s,.!;-]*\b(?:(?:vielen|besten|herzlichen|lieben)? ?dank(?:e)?(?: (?:im voraus|vorab|schonmal|schon mal|euch|ihnen|dir|sehr|schön))*"
    r"|mit freundlichen gr[uü][sß]+en[\w\s.,-]{0,40}|freundliche gr[uü][sß]+e[\w\s.,-]{0,40}|(?:viele|liebe|beste|schöne) gr[uü][sß]+e[\w\s.,-]{0,40}|mfg|lg|vg"
    r"|thanks(?: (?:in advance|a lot|so much))?|thank you(?: (?:in advance|very much|so much))?|(?:kind|best) regards[\w\s.,-]{0,40}|cheers|bitte|please)\W*$",
    re.IGNORECASE,
)
_LEAST = 2

COURTESIES = frozenset(
    {
        *("greet", "goodbye", "thanks", "how_are_you", "bot_challenge", "still_there", "what_can_you_do"),
        *("joke", "insult", "praise"),
    }
)
"""Small talk that says nothing of the matter: in the middle of a report it is no fact."""


def without_courtesies(text: str) -> str:
    """A cleaned text without greeting and closing, or as it is where hardly anything would be left."""
    core = _OPENING.sub("", text, count=1)
    core = _CLOSING.sub("", core, count=1).strip()
    return core if len(re.findall(r"\w+", core)) >= _LEAST else text
