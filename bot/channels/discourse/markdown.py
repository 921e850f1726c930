"""A reply as a post's Markdown: what answers may use, written anew, so that nothing else in them means anything to Discourse.

No images, no HTML, no BBCode, no tables, and nobody is mentioned, which would send everybody of a group a notification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it.token import Token

from bot.channels.markup import parse

_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~!$^{}]")
_LINE_START = re.compile(r"(?m)^([ \t]*)([-+=:]|\d{1,9}[.)](?=\s|$))")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_ADDRESS = re.compile(r"https?://[^\s<>\"\[\]]+[^\s<>\".,;:!?)\[\]]")
_INDENT = "   "
_JOINER = "\N{WORD JOINER}"  # not seen, and ends a mention before it begins


def markdown(text: str) -> str:
    """The small Markdown of answers for Discourse."""
    writer = _Writer()
    writer.blocks(parse(text))
    return "".join(writer.pieces).strip()


def literal(text: str) -> str:
    """`text` as Markdown that shows just these characters; addresses of the web stay links."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_escaped(text[end : found.start()]), f"<{found[0]}>"]
        end = found.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text.replace("&", "&amp;"))
    text = _LINE_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", text)
    return _MENTION.sub(f"@{_JOINER}", text)


class _Writer:
    """Writes tokens down in order. A list on the stack is its next number, or None for bullets."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._lists: list[int | None] = []
        self._mark = ""  # a list item's mark that waits for its text
        self._after_item = False
        self._links: list[str] = []

    def blocks(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.type in ("bullet_list_open", "ordered_list_open"):
                first = int(token.attrGet("start") or 1)
                self._lists.append(first if token.type == "ordered_list_open" else None)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self._lists.pop()
            elif token.type == "list_item_open":
                self._item()
            elif token.type == "inline":
                self._block("".join(self._inline(child) for child in token.children or []))

    def _item(self) -> None:
        number = self._lists[-1]
        self._mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _block(self, text: str) -> None:
        depth = len(self._lists) - 1 if self._mark else len(self._lists)
        indent = _INDENT * depth
        gap = "\n" if self._mark and self._after_item else "\n\n"
        begin, self._mark, self._after_item = self._mark, "", bool(self._lists)
        self.pieces.append(gap + indent + begin + text.replace("\n", f"\n{indent}{' ' * len(begin)}"))

    def _inline(self, token: Token) -> str:
        if token.type in ("strong_open", "strong_close"):
            return "**"
        if token.type in ("em_open", "em_close"):
            return "*"
        if token.type == "code_inline":
            return _code(token.content)
        if token.type == "link_open":
            self._links.append(str(token.attrGet("href") or ""))
            return "["
        if token.type == "link_close":
            return f"](<{_destination(self._links.pop())}>)"
        if token.type in ("softbreak", "hardbreak"):
            return "\n"
        return _escaped(token.content) if self._links else literal(token.content)


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _destination(address: str) -> str:
    return re.sub(r"[<>\s\\]", lambda found: f"%{ord(found[0]):02X}", address)
