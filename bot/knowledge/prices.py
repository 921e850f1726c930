"""Whether an answer says what something costs, so that nobody who asks for the price gets an answer without one."""

from __future__ import annotations

import re

from bot.domain.answer import Answer

_AMOUNT = r"\d\s?(?:€|euro\b|eur\b|cent\b|ct\b)|(?:€|\beur)\s?\d"
_NOTHING = (
    r"\b(?:kostenlos|kostenfrei|gratis|kostet (?:\w+ ){0,2}nichts|ohne (?:aufpreis|mehrkosten|zusatzkosten)"
    r"|free of charge|for free|no (?:extra |additional )?(?:charge|cost)|costs? (?:\w+ ){0,2}nothing)"
)
_PRICE = re.compile(f"{_AMOUNT}|{_NOTHING}", re.IGNORECASE)


def names_a_price(answer: Answer) -> bool:
    """Whether what a customer is given of this answer names an amount, or says that it costs nothing."""
    reply = answer.best_reply()
    texts = [reply.text] if reply is not None else [part.text for part in answer.texts]
    return any(_PRICE.search(text) for text in texts)
