"""What somebody has written in a mail, without what they quote and how they sign. Goes through the lines once, whatever is in them.

Mail programs agree on nothing: these are the forms of those that write German and English. What is cut stays in the raw event.
"""

from __future__ import annotations

import re

_ATTRIBUTION = re.compile(  # Gmail, Thunderbird, Apple Mail
    r"(am|on) .{4,200}?(schrieb|wrote)\b.{0,200}:|.{1,200} (schrieb am|wrote on|wrote at) .{4,100}:|.{1,200} (schrieb|wrote):",
    re.IGNORECASE,
)
_LINES_OF_ATTRIBUTION = 3  # over which programs break it
_SEPARATOR = re.compile(  # Outlook, GMX, Web.de; not "forwarded message": what is passed on is meant to be read
    r"-{2,}\s*(urspr(ü|ue)ngliche (nachricht|mail|e-mail)|original(nachricht| message| mail)|reply message|antwort)\s*-{2,}|gesendet: .{3,80}an: .*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(von|from)\s?:\*?\s.{2,300}", re.IGNORECASE)
_SENT = re.compile(r"\*?(gesendet|sent|datum|date|an|to|betreff|subject)\s?:\*?\s.*", re.IGNORECASE)
_LINES_OF_BLOCK = 4
_RULE = re.compile(r"[_-]{10,}")
_SIGNATURE = re.compile(r"--\s?")  # RFC 3676, section 4.3; many programs lose the space
_DEVICE = re.compile(
    r"(gesendet (von|mit|über) .{2,60}|von meinem .{2,40} gesendet|diese nachricht wurde von meinem .{2,80} gesendet.?|sent from .{2,60}|sent with .{2,60}|"
    r"get outlook for .{2,80}|outlook für .{2,80}|holen sie sich outlook .{2,80})",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"((mit )?(freundlichen?|besten?|herzlichen?|lieben?|vielen?|schönen?|sonnigen?) gr(ü|ue)(ß|ss)en?( aus .{2,30})?|mfg|lg|vg|(viele|liebe) grüße|"
    r"(with )?(kind|best|warm|many)? ?regards|best wishes|yours (sincerely|faithfully|truly)|sincerely|cheers)[,.!]?",
    re.IGNORECASE,
)
_LINES_OF_SIGNATURE, _WIDTH_OF_SIGNATURE = 8, 60  # what follows a closing and is longer is no mere signature


def written(text: str) -> str:
    """What is new in a mail's `text`: without quotes and signature. All of it where nothing would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    new = "\n".join(_without_signature(_without_quotes(lines))).strip()
    return new or text.strip()


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        if line.startswith(">"):
            place += 1
        elif length := _attribution_at(lines, place):
            place += length
            if not _quote_follows(lines, place):  # quoted without marks, down to the end
                break
        elif _begins_history(lines, place):
            break
        else:
            kept.append(lines[place])
            place += 1
    return kept


def _attribution_at(lines: list[str], place: int) -> int:
    """Over how many lines somebody is announced as quoted here; 0 where nobody is."""
    joined = ""
    for length in range(1, _LINES_OF_ATTRIBUTION + 1):
        part = lines[place + length - 1].strip() if place + length <= len(lines) else ""
        if not part or len(joined) + len(part) > 500:
            return 0
        joined = f"{joined} {part}".strip()
        if joined.endswith(":") and _ATTRIBUTION.fullmatch(joined):
            return length
    return 0


def _quote_follows(lines: list[str], place: int) -> bool:
    following = next((line.strip() for line in lines[place : place + 4] if line.strip()), "")
    return following.startswith(">")


def _begins_history(lines: list[str], place: int) -> bool:
    """Whether all from here on is the conversation so far, as Outlook and others append it."""
    line = lines[place].strip()
    if _SEPARATOR.fullmatch(line[:500]):
        return True
    if _RULE.fullmatch(line[:200]):
        return any(_is_block(lines, after) for after in range(place + 1, min(place + 3, len(lines))))
    return _is_block(lines, place)


def _is_block(lines: list[str], place: int) -> bool:
    if not _FROM.fullmatch(lines[place].strip()[:400]):
        return False
    return (
        sum(bool(_SENT.fullmatch(line.strip()[:400])) for line in lines[place + 1 : place + 1 + _LINES_OF_BLOCK]) >= 2
    )


def _without_signature(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        if _SIGNATURE.fullmatch(line) and any(before.strip() for before in lines[:place]):
            lines = lines[:place]
            break
    while lines and (not lines[-1].strip() or _DEVICE.fullmatch(lines[-1].strip()[:120])):
        lines = lines[:-1]
    first = max(0, len(lines) - _LINES_OF_SIGNATURE - 1)
    for place in range(first, len(lines)):
        if place and _CLOSING.fullmatch(lines[place].strip()[:80]) and _is_mere_signature(lines[place + 1 :]):
            return lines[:place]
    return lines


def _is_mere_signature(lines: list[str]) -> bool:
    return not any(len(line) > _WIDTH_OF_SIGNATURE or line.lstrip().lower().startswith(("ps", "p.s")) for line in lines)
