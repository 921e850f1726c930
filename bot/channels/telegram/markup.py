"""The small Markdown of answers as text with spans."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token

from bot.channels.markup import parse, readable
from bot.channels.telegram.formatted import Formatted, Span

_INLINE = {"strong": "bold", "em": "italic"}
_INDENT = "   "


def read_markdown(text: str) -> Formatted:
    """`text` without its marks. HTML stays the characters it is; a link that Telegram cannot open shows its address."""
    writer = _Writer()
    writer.blocks(parse(text))
    return writer.done()


class _Writer:
    """Writes tokens down in order, remembering where open formatting began."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._open: list[tuple[str, int, str]] = []
        self._lists: list[int | None] = []  # the next number of each list we are in; None for bullets
        self._break = ""  # what separates the next block from what is there
        self._mark = ""  # a list item's mark that waits for its text

    def done(self) -> Formatted:
        return Formatted("".join(self._pieces), tuple(self._spans))

    def blocks(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            name = token.type.removesuffix("_open").removesuffix("_close")
            if name in ("bullet_list", "ordered_list"):
                self._list(token)
            elif name == "list_item" and token.nesting == 1:
                self._item()
            elif token.type == "inline":
                self._begin_block()
                self._inline(token.children or [])
                self._end_block()

    def _list(self, token: Token) -> None:
        if token.nesting == 1:
            start = token.attrGet("start")
            self._lists.append(int(start or 1) if token.type == "ordered_list_open" else None)
        else:
            self._lists.pop()
            self._break = "\n" if self._lists else "\n\n"

    def _item(self) -> None:
        number = self._lists[-1]
        self._mark = "• " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _begin_block(self) -> None:
        self._write(self._break if self._pieces else "")
        depth = len(self._lists) - 1 if self._mark else len(self._lists)
        self._write(_INDENT * depth + self._mark)
        self._mark = ""

    def _end_block(self) -> None:
        self._break = "\n" if self._lists else "\n\n"

    def _inline(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            name = token.type.removesuffix("_open").removesuffix("_close")
            if name in _INLINE:
                self._toggle(_INLINE[name], token.nesting)
            elif name == "link":
                self._link(token)
            elif token.type == "code_inline":
                self._code(token.content)
            elif name in ("softbreak", "hardbreak"):
                self._write("\n")
            else:
                self._write(token.content)

    def _link(self, token: Token) -> None:
        if token.nesting == 1:
            self._toggle("text_link", 1, str(token.attrGet("href") or ""))
            return
        _, start, address = self._open[-1]
        label = "".join(self._pieces)[start:]
        if address.startswith(("https://", "http://")):
            self._toggle("text_link", -1)
            return
        # Telegram drops links of other kinds without a word (mailto:, tel:, relative ones): the customer gets to see them.
        self._open.pop()
        target = readable(address)
        self._write(f" ({target})" if target and target not in label else "")

    def _code(self, text: str) -> None:
        start = self._length
        self._write(text)
        if text and not self._open:  # Telegram allows no other formatting around code
            self._spans.append(Span("code", start, self._length))

    def _toggle(self, kind: str, nesting: int, url: str = "") -> None:
        if nesting == 1:
            self._open.append((kind, self._length, url))
            return
        kind, start, url = self._open.pop()
        words = "".join(self._pieces)[start:]
        end = start + len(words.rstrip())
        if end > start:
            self._spans.append(Span(kind, start, end, url or None))

    def _write(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
