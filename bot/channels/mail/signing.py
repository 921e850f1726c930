"""The signature of whoever hands mails in at our door: that they know the secret, and that they say so now."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from bot.channels.base import Request
from bot.errors import RequestRejected

TIMESTAMP, SIGNATURE = "x-frontline-timestamp", "x-frontline-signature"
FRESH = 300  # seconds, either way: clocks differ, and a stranger who has listened may not repeat what he heard for long


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """What belongs into the signature's header: `sha256=` and the HMAC, in hex, of the Unix time, a point, and the mail."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def verify(secret: str, request: Request, clock: Callable[[], float]) -> None:
    """Raise RequestRejected(401) unless the request was signed with `secret`, lately. `clock` gives Unix seconds."""
    moment = request.header(TIMESTAMP)
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12) or abs(clock() - int(moment)) > FRESH:
        raise RequestRejected("the timestamp is missing or too old", status=401)
    if not request.carries(SIGNATURE, sign(secret, int(moment), request.body)):
        raise RequestRejected("the signature is wrong", status=401)
