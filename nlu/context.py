"""Follow-ups: `und was kostet das?` is about what was asked before; a question that stands by itself is not.

The earlier question is put before a short text that points back or has no matter of its own; the text itself counts twice.
"""

from __future__ import annotations

from nlu.features import Terms
from nlu.reading import Context
from nlu.text import clean, tokens
from nlu.wish import wish_in

_POINTERS = frozenset(
    tokens(
        "das dass es dafür davon damit dabei darauf dazu daran dort da so sowas dies dieser diese dieses die der den dem ihn sie it that this there those them one"
        " auch sonst dann danach stattdessen otherwise else then too also instead"
    )
)
_OPENERS = frozenset(tokens("und and aber but oder or auch what also plus dann ok okay"))
_GENERIC_CONCEPTS = frozenset({
    "cost", "how_long", "show", "find", "change", "not_working", "activate", "deactivate", "due_date", "neg_never", "time_again", "order", "pay",
    "receive", "send", "where_is", "data_left", "high_bill", "discount", "premium", "availability", "hours",
})  # fmt: skip
_LONGEST = 9
_LONGEST_WITHOUT_MATTER = 6


def follows_up(terms: Terms) -> bool:
    """Whether a short text opens like a follow-up, or points back and names no matter of its own."""
    words = terms.tokens
    if not words or len(words) > _LONGEST:
        return False
    return words[0] in _OPENERS or (not has_matter(terms) and any(word in _POINTERS for word in words))


def has_matter(terms: Terms) -> bool:
    """Whether the text names a matter of its own, not just a price, a duration or a doing."""
    own = {concept for concept in terms.concepts if " " not in concept}
    return bool(own - _GENERIC_CONCEPTS) or len(terms.tokens) > _LONGEST_WITHOUT_MATTER


def with_question(text: str, context: Context) -> str | None:
    """The text with the question it follows before it; None where nothing was asked before."""
    if not context.question:
        return None
    question = clean(context.question)
    wish = wish_in(question)
    return f"{(wish.rest if wish else question)[:400]} . {text} . {text}"
