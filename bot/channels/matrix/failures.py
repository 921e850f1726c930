"""What a homeserver's refusals mean for what we asked.

Codes: https://spec.matrix.org/latest/client-server-api/#standard-error-response
"""

from __future__ import annotations

from bot.channels.calls import Answer
from bot.channels.cleaning import clean
from bot.channels.fields import integer, string
from bot.errors import DeliveryError

_LONGEST_WAIT = 3600.0  # seconds
_TOKEN = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN")


class TokenRefused(DeliveryError):
    """The homeserver does not know our token (any more)."""

    def __init__(self) -> None:
        reason = "the homeserver refuses the bot's token: make a new one and set it in [matrix] token"
        super().__init__(reason, permanent=True)


class SlowDown(DeliveryError):
    """The homeserver asks for `seconds` of silence, from all rooms."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the homeserver asks to wait {seconds:g} s", retry_after=seconds)


def delivery_error(answer: Answer) -> DeliveryError:
    """The DeliveryError for an answer that is no success."""
    code = string(answer.body, "errcode")
    if answer.status == 429 or code == "M_LIMIT_EXCEEDED":
        return SlowDown(_wait_of(answer))
    if code in _TOKEN:
        return TokenRefused()
    words = f"{clean(code, 64)} {clean(string(answer.body, 'error'), 150)}".strip() or f"status {answer.status}"
    if answer.status >= 500:
        return DeliveryError(f"nobody knows whether the homeserver took it: {words}", certain=False)
    if answer.status < 400:
        return DeliveryError(
            "this address leads elsewhere: set matrix.homeserver to where the server really is", permanent=True
        )
    return DeliveryError(f"the homeserver refuses: {words}", permanent=True)


def _wait_of(answer: Answer) -> float:
    """Seconds to wait. The header is the newer form of the field (https://spec.matrix.org/v1.10/client-server-api/#rate-limiting)."""
    told, milliseconds = answer.headers.get("Retry-After", ""), integer(answer.body, "retry_after_ms")
    seconds = float(told) if told.isdecimal() else (milliseconds or 0) / 1000
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else 5.0
