"""What X's refusals mean for a reply.

The answers' forms: https://docs.x.com/x-api/fundamentals/response-codes-and-errors; the numbers in older ones:
https://developer.x.com/en/support/x-api/error-troubleshooting. X's own sentences are matched, never passed on: they may quote what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.calls import Answer
from bot.channels.fields import Json, integer, mappings, string
from bot.errors import DeliveryError

LONGEST_WAIT = 24 * 3600.0  # seconds; X's longest window
UNTOLD_WAIT = 900.0  # seconds, where X does not say how long; its usual window

_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")

# What a refusal says (in lower case), or its number → what it means.
_MEANINGS: tuple[tuple[str, int, str], ...] = (
    ("duplicate content", 187, "X has this very post already, and takes no text twice"),
    ("mentioned or are the author", 0, "X lets this app answer only those who have named or quoted the account"),
    ("not allowed to reply", 433, "its author lets nobody, or not us, answer this post"),
    ("reply to a post that is deleted", 385, "the post that was to be answered is gone"),
    ("cannot send messages to this user", 349, "this customer does not take direct messages from the account"),
    ("not following", 150, "this customer does not take direct messages from the account"),
    ("suspended", 64, "X has suspended the account or the app: see the developer console"),
    ("temporarily locked", 326, "X has locked the account: sign in at x.com and do what it asks for"),
    ("looks like it might be automated", 226, "X takes it for spam"),
    ("not permitted", 453, "the app's plan or its permissions do not allow this: see the developer console"),
    ("oauth1 app permissions", 261, "the app's plan or its permissions do not allow this: see the developer console"),
)


def refusal(answer: Answer, now: float) -> DeliveryError:
    """The DeliveryError for an answer that is no success; `now` in Unix seconds.

    A 4xx is certain: nothing was posted. A 5xx is not, and X has no key by which it would recognise the request the second time.
    """
    status = answer.status
    if status == 429:
        return DeliveryError("X asks to wait", retry_after=_wait(answer.headers, now))
    if status == 402:
        return DeliveryError(
            "X wants more credit: top it up in the developer console", retry_after=UNTOLD_WAIT, of_account=True
        )
    if status == 401:
        return DeliveryError(
            "X refuses our keys: set the present ones of the developer console", permanent=True, of_account=True
        )
    if status < 500:  # a redirect is not followed, and so nothing was taken
        return DeliveryError(_meaning(answer.body) or f"X refuses it ({status})", permanent=True)
    return DeliveryError(f"nobody knows whether X took it: it answered {status}", certain=False)


def _meaning(answer: Json) -> str:
    errors = mappings(answer, "errors")
    words = [string(one, name).lower() for one in (answer, *errors) for name in ("detail", "title", "message")]
    numbers = {integer(one, "code") for one in errors}
    for phrase, number, meaning in _MEANINGS:
        if any(phrase in text for text in words) or (number and number in numbers):
            return meaning
    return ""


def _wait(headers: Mapping[str, str], now: float) -> float:
    """Seconds until X's window ends, which it tells in Unix seconds."""
    named = {name.lower(): value for name, value in headers.items()}
    ends = [
        int(end)
        for limit in _LIMITS
        if (end := named.get(f"{limit}-reset", "")[:12]).isdecimal() and named.get(f"{limit}-remaining", "0") == "0"
    ]
    return min(max(1.0, max(ends) - now), LONGEST_WAIT) if ends else UNTOLD_WAIT
