"""What a post of Discourse says: its own words, and what is attached to it.

Posts are Markdown with quotes of others in BBCode and uploads as links to `upload://`
(https://meta.discourse.org/t/supported-formatting-in-posts/239348).
"""

from __future__ import annotations

import re

from bot.channels.cleaning import clean
from bot.channels.discourse.uploads import path_of
from bot.channels.fields import Json, integer, label, mapping, string
from bot.domain.message import Attachment

_QUOTE = re.compile(r"\[(/?)quote\b[^\]\n]{0,300}\]", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\(((?:upload|https?)://[^)\s]{1,500})\)")
_FILE = re.compile(r"\[([^\]\n|]{1,300})\|attachment\]\((upload://[^)\s]{1,500})\)(?: \([^)\n]{1,20}\))?")


def said(post: Json) -> tuple[str, tuple[Attachment, ...]]:
    """The author's words, without what they quote, and the uploads among them. What opens a topic begins with its title."""
    text = without_quotes(string(post, "raw"))
    attached = [_image(found) for found in _IMAGE.finditer(text)]
    text = _IMAGE.sub("", text)
    attached += [_file("document", found[2], found[1]) for found in _FILE.finditer(text)]
    text = clean(_FILE.sub("", text))
    if integer(post, "post_number") == 1:
        text = f"{label(post, 'topic_title', 300)}\n\n{text}".strip()
    return text, tuple(attached)


def without_quotes(text: str) -> str:
    """`text` without `[quote]…[/quote]`, also one in the other; as it is where they do not match."""
    kept, depth, end = [], 0, 0
    for mark in _QUOTE.finditer(text):
        if depth == 0:
            kept.append(text[end : mark.start()])
        depth += -1 if mark[1] else 1
        if depth < 0:
            return text
        end = mark.end()
    return text if depth else "".join([*kept, text[end:]])


def mentions(text: str, username: str) -> bool:
    """Whether `text` speaks to `username`. Names know no case."""
    return _mention(username).search(text) is not None


def without_mention(text: str, username: str) -> str:
    """`text` without our name, which would only confuse the reading."""
    return _mention(username).sub("", text).strip()


def answered(post: Json) -> str:
    """The user name of whom this post answers, empty where it answers the topic."""
    return string(mapping(post, "reply_to_user"), "username")


def _mention(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@/])@{re.escape(username)}(?![\w-])[,:]?[ \t]*", re.IGNORECASE)


def _image(found: re.Match[str]) -> Attachment:
    return _file("photo", found[2], found[1].partition("|")[0])  # behind the bar is its size


def _file(kind: str, address: str, name: str) -> Attachment:
    return Attachment(kind, address, clean(name, 256), source=address if path_of(address) else "")
