"""What the Graph API's refusals mean for a reply.

Codes: https://developers.facebook.com/docs/messenger-platform/reference/send-api/error-codes and
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.calls import Answer
from bot.channels.cleaning import clean
from bot.channels.fields import Json, integer, label, mapping
from bot.errors import DeliveryError

FULL_WAIT = 60.0  # seconds to leave Meta alone where it says "too many" and not for how long
LONGEST_WAIT = 3600.0  # seconds; a page's quota is counted by the hour


@dataclass(frozen=True)
class Meaning:
    """What a code tells about a reply: `reason` for people, and whether trying again is useless. `wait`: whether we are too fast.

    `of_account`: whether nothing can be sent until an operator does something.
    """

    reason: str
    permanent: bool = True
    wait: bool = False
    of_account: bool = False


Code = int | tuple[int, int]
"""A code, or a code with its subcode where that says more."""
Meanings = Mapping[Code, Meaning]

_TOO_FAST = Meaning("Meta asks to send more slowly", permanent=False, wait=True)
_NO_TOKEN = Meaning("Meta refuses the access token: make a new one and set it", of_account=True)
_LATER = Meaning("Meta asks to try again later", permanent=False)
WINDOW_CLOSED = Meaning("the customer wrote too long ago: Meta takes no reply any more")
NOT_REACHED = Meaning("the customer cannot be reached: they have left, or want no messages from us")

SHARED: Meanings = {
    2: _LATER,
    4: _TOO_FAST,
    10: Meaning("Meta refuses: the app lacks a permission for this"),
    17: _TOO_FAST,
    32: _TOO_FAST,
    100: Meaning("Meta refuses the message"),
    102: _NO_TOKEN,
    190: _NO_TOKEN,
    (10, 2018065): WINDOW_CLOSED,
    (10, 2018278): WINDOW_CLOSED,
    (10, 2534022): WINDOW_CLOSED,
    (100, 2018001): NOT_REACHED,
    (200, 1545041): NOT_REACHED,
    200: Meaning("Meta refuses: the app lacks a permission for this"),
    368: Meaning("Meta has blocked the account from this for a while, for breaking its rules", of_account=True),
    551: NOT_REACHED,
    613: _TOO_FAST,
    1200: _LATER,
    80001: _TOO_FAST,
    80002: _TOO_FAST,
    80006: _TOO_FAST,
    80007: _TOO_FAST,
}
"""What every product of the Graph API says."""


def delivery_error(answer: Answer, meanings: Meanings = SHARED) -> DeliveryError:
    """The DeliveryError for an answer that is no success.

    A known code is certain, whatever the status: Meta tells that it refused. Else 4xx is certain and 5xx is not: Meta may have
    taken the message, and the Graph API has no key by which it would recognise it the second time.
    """
    error = mapping(answer.body, "error")
    code, subcode = integer(error, "code"), integer(error, "error_subcode")
    words = _words(error, answer.status)
    meaning = meanings.get((code or 0, subcode or 0)) or meanings.get(code or 0)
    if meaning is None and answer.status == 429:
        meaning = _TOO_FAST
    if meaning is not None:
        wait = _seconds_to_wait(answer.headers) if meaning.wait else None
        return DeliveryError(
            f"{meaning.reason} ({words})",
            permanent=meaning.permanent,
            retry_after=wait,
            of_account=meaning.of_account,
        )
    if answer.status >= 500 or answer.good:
        return DeliveryError(f"nobody knows whether Meta took it ({words})", certain=False)
    passing = error.get("is_transient") is True or answer.status < 400  # of a redirect, which is not followed
    return DeliveryError(f"Meta refuses the message ({words})", permanent=not passing)


def _words(error: Json, status: int) -> str:
    """The refusal in figures. Meta's own sentence is left out: it may quote the token, or what the customer wrote."""
    parts = [f"{status}"]
    for name, key in (("code", "code"), ("subcode", "error_subcode")):
        number = integer(error, key)
        parts += [f"{name} {number}"] if number is not None else []
    trace = label(error, "fbtrace_id", 64)
    return ", ".join([*parts, f"trace {trace}"] if trace else parts)


def _seconds_to_wait(headers: Mapping[str, str]) -> float:
    """How long Meta asks us to wait: `Retry-After`, else the minutes in its usage header, else a while.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers
    """
    named = {name.lower(): value for name, value in headers.items()}
    seconds = clean(named.get("retry-after", ""), 16)
    if seconds.isdecimal():
        return min(float(seconds), LONGEST_WAIT)
    minutes = max(_minutes(named.get("x-business-use-case-usage", "")), default=0)
    return min(60.0 * minutes, LONGEST_WAIT) if minutes else FULL_WAIT


def _minutes(usage: str) -> list[int]:
    try:
        told: Any = json.loads(usage)
    except (ValueError, RecursionError):
        return []
    uses = [use for uses in told.values() if isinstance(uses, list) for use in uses] if isinstance(told, dict) else []
    found = [integer(use, "estimated_time_to_regain_access") for use in uses if isinstance(use, dict)]
    return [minutes for minutes in found if minutes is not None and minutes > 0]
