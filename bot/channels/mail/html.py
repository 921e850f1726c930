"""The words of an HTML mail. They become text and are never shown as HTML, so nothing in them has to be made safe, only to be left out.

Goes through the characters once. A parser that builds the tree a browser would build takes minutes over some mails of a megabyte.
"""

from __future__ import annotations

import re
from html import unescape

MAX_HTML = 1024 * 1024  # characters looked at
_BREAKS = {
    "p",
    "div",
    "li",
    "tr",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "hr",
    "blockquote",
    "br",
}
_SILENT = {"script", "style", "title", "template", "noscript", "object", "svg", "math", "iframe", "textarea", "select"}
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")
_BLANK_LINES = re.compile(r"(\n>? ?){3,}")


def html_to_text(html: str) -> str:
    """`html` as lines of text. What is quoted (blockquote) begins with `> `, as in a plain mail."""
    page = _Page()
    html = html[:MAX_HTML]
    lower = html.lower()
    place = 0
    while (begin := html.find("<", place)) >= 0:
        page.say(html[place:begin])
        comment = html.startswith("<!--", begin)
        end = html.find("-->" if comment else ">", begin)
        if end < 0:  # the rest is no text
            return page.text()
        tag = html[begin + 1 : end]
        place = end + (3 if comment else 1)
        if not comment and (name := _NAME.match(tag)) is not None:
            kind, closes = name[1].lower(), tag.startswith("/")
            if kind in _SILENT and not closes:
                place = lower.find(f"</{kind}", place)
                if place < 0:
                    return page.text()
            page.mark(kind, closes=closes)
    page.say(html[place:])
    return page.text()


class _Page:
    """Lines as they are put together."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0

    def say(self, characters: str) -> None:
        """Characters between tags."""
        if characters:
            self._line.append(characters)

    def mark(self, kind: str, *, closes: bool) -> None:
        """A tag."""
        if kind not in _BREAKS:
            return
        self._end_line(even_empty=kind == "br" or (kind == "p" and closes))
        if kind == "blockquote":
            self._quoted = max(0, self._quoted + (-1 if closes else 1))
        elif kind == "p" and closes:
            self._end_line(even_empty=True)
        elif kind == "li" and not closes:
            self._line.append("- ")

    def text(self) -> str:
        """All lines so far."""
        self._end_line()
        return _BLANK_LINES.sub(r"\1\1", "\n".join(self._lines)).strip()

    def _end_line(self, *, even_empty: bool = False) -> None:
        text = " ".join(unescape("".join(self._line)).split())
        self._line = []
        if text or even_empty:
            self._lines.append(f"> {text}" if self._quoted else text)
