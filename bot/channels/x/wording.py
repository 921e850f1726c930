"""What somebody on X said, as they would read it themselves: names that only say whom they answer cut off, links as they were typed.

Places are found by the short links and names themselves, never by X's indices: those count differently in old and new payloads.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping

from bot.channels.cleaning import clean
from bot.channels.fields import Json, mappings, string

_LEADING = re.compile(r"(?:\s*\.?@(\w{1,15})(?=\s|$|[^\w@]))")
_SHORT = re.compile(r"https?://t\.co/\w+")


def spoken(text: str, *, links: Mapping[str, str], hidden: Collection[str], names: Collection[str] = ()) -> str:
    """The words of `text`: without those of `names` (lower case) that lead it, without `hidden` links, the other short `links` replaced by the long ones."""
    while (found := _LEADING.match(text)) and found[1].lower() in names:
        text = text[found.end() :]
    text = _SHORT.sub(lambda link: "" if link[0] in hidden else links.get(link[0], link[0]), text)
    return clean(html.unescape(text))  # X escapes & < > and nothing else


def links_in(entities: Json) -> dict[str, str]:
    """The short links of a text, and where each leads."""
    return {
        short: long
        for link in mappings(entities, "urls")
        if (short := string(link, "url")) and (long := string(link, "expanded_url"))
    }
