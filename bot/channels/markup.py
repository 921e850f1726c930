"""The small Markdown of answers (bold, italics, code, lists, links): read in one dialect for every channel, rendered as safe HTML or plain text.

The text is not trusted: an answer may come from the community. HTML in it is shown as what was typed, never obeyed, and
what the renderer yields passes an allow-list besides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_LEADS_OUT = re.compile(rf"(?:{'|'.join(_SCHEMES)}):", re.IGNORECASE)
_LINK = {"rel": "noopener", "target": "_blank"}

_MARKDOWN = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    [
        "emphasis",
        "list",
        "link",
        "autolink",
        "backticks",
        "escape",
        "entity",
        "newline",
        "balance_pairs",
        "fragments_join",
    ]
)


_MARKS = re.compile(r"[\\`*_\[\]<&]")
_ITEM = re.compile(r"^(\s*)(\d*)([-+.)])(?=\s)", re.MULTILINE)


def parse(text: str) -> list[Token]:
    """The tokens of `text`, for channels that render them in a way of their own. What answers do not use stays the characters it is."""
    return _MARKDOWN.parse(text)


@lru_cache(maxsize=2048)
def to_html(text: str) -> str:
    """`text` as HTML that is safe to put into a page. Links open a window of their own and lead only to the web, mail and phone."""
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_leading_out,
        url_schemes=_SCHEMES,
        link_rel=None,
        set_tag_attribute_values={"a": _LINK},
    ).strip()


def _leading_out(_tag: str, name: str, value: str) -> str | None:
    """Of a link only what leads to the web, mail or phone: what is beside a page is not beside a message, nor on the site that shows our chat."""
    return None if name == "href" and not _LEADS_OUT.match(value) else value


@lru_cache(maxsize=2048)
def to_plain(text: str) -> str:
    """`text` for channels without formatting: marks left out, `- ` or `1. ` before list items, a link's address behind its words."""
    return _Plain().render(parse(text))


def from_plain(text: str) -> str:
    """Markdown that says exactly `text`: what would be a mark in it is none."""
    escaped = _MARKS.sub(r"\\\g<0>", text)
    return _ITEM.sub(r"\1\2\\\3", escaped)


class _Plain:
    """Walks the tokens of one text. A list on the stack is its next number, or None for bullets."""

    def __init__(self) -> None:
        self._lists: list[int | None] = []
        self._blocks: list[str] = []
        self._after_item = False

    def render(self, tokens: Sequence[Token]) -> str:
        prefix = ""
        for token in tokens:
            if token.type in ("bullet_list_open", "ordered_list_open"):
                first = int(token.attrGet("start") or 1)
                self._lists.append(first if token.type == "ordered_list_open" else None)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self._lists.pop()
            elif token.type == "list_item_open":
                prefix = self._marker()
            elif token.type == "inline":
                self._add(prefix, _inline(token.children or []))
                prefix = ""
        return "".join(self._blocks).strip()

    def _marker(self) -> str:
        number = self._lists[-1]
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _add(self, prefix: str, text: str) -> None:
        indent = "  " * max(len(self._lists) - 1, 0)
        gap = "\n" if prefix and self._after_item else "\n\n"
        self._after_item = bool(self._lists)
        self._blocks.append(gap + indent + prefix + text)


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    addresses: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "link_open":
            addresses.append((str(token.attrGet("href") or ""), len(parts)))
        elif token.type == "link_close":
            address, begin = addresses.pop()
            if readable(address) != "".join(parts[begin:]):
                parts.append(f" ({readable(address)})")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(token.content)
    return "".join(parts)


def readable(address: str) -> str:
    """A link's address as people read it: mail addresses and phone numbers without their scheme."""
    return address.removeprefix("mailto:").removeprefix("tel:")
