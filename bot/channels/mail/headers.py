"""Reads the headers of a mail that anybody may have written: decoded, on one line, bounded, and never an accident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from bot.channels.cleaning import clean
from bot.channels.mail.charsets import text_of
from bot.channels.mail.identity import normalised

MAX_HEADER = 2000  # characters read of one; RFC 5322 allows 998 a line
MAX_SAME = 50  # headers of one name that are looked at
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
Mail = Message  # as `email.policy.compat32` reads it: the newer policies raise accidents of many kinds over what they cannot parse


def raw_all(mail: Mail, name: str) -> list[str]:
    """What the headers called `name` say, in their order, as it came but on one line."""
    found = [value for known, value in mail.raw_items() if known.lower() == name.lower()]
    return [" ".join(_text(value).split()) for value in found[:MAX_SAME]]


def _text(value: object) -> str:
    """A header's value; where bytes beyond ASCII stand in it (RFC 6532), the library keeps them as lone surrogates."""
    written = str(value)[:MAX_HEADER]
    return written if written.isascii() else text_of(written.encode("utf-8", "surrogateescape"), "utf-8")


def raw(mail: Mail, name: str) -> str:
    """What the first header called `name` says; empty without one."""
    return next(iter(raw_all(mail, name)), "")


def words(mail: Mail, name: str, limit: int = 256) -> str:
    """The first header called `name` as people read it (RFC 2047), cleaned, on one line."""
    return decoded(raw(mail, name), limit)


def decoded(value: str, limit: int = 256) -> str:
    """`value` with its encoded words decoded, cleaned, on one line, cut to `limit` characters."""
    try:
        parts = [
            part if isinstance(part, str) else text_of(part, charset or "") for part, charset in decode_header(value)
        ]
    except Exception:  # the library's parsers fail in many ways over what is no header
        parts = [value]
    return " ".join(clean("".join(parts), MAX_HEADER).split())[:limit]


def addresses(mail: Mail, name: str) -> list[tuple[str, str]]:
    """(display name, normalised address) of all in the headers called `name`; what is no address is left out."""
    try:
        found = getaddresses(raw_all(mail, name))
    except Exception:
        return []
    return [(decoded(display), known) for display, address in found if (known := normalised(address))]


def message_ids(mail: Mail, name: str) -> list[str]:
    """The names of mails in a header, in their order."""
    return [found for value in raw_all(mail, name) for found in _MESSAGE_ID.findall(value)]


def date_of(mail: Mail) -> datetime | None:
    """When the mail says it was written."""
    try:
        at = parsedate_to_datetime(raw(mail, "Date"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:
        return None


def kept_headers(mail: Mail, most: int = 100) -> Iterator[list[str]]:
    """The headers as they are kept of a mail: [name, value] each, the first `most` of them."""
    for name, value in list(mail.raw_items())[:most]:
        yield [str(name)[:128], _text(value)]
