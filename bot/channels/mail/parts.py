"""The parts of a mail (RFC 2045 to 2049): its words, and the files that come with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from bot.channels import files
from bot.channels.cleaning import clean
from bot.channels.mail.charsets import text_of
from bot.channels.mail.headers import Mail, decoded
from bot.channels.mail.html import html_to_text
from bot.domain.message import Attachment

MAX_TEXT_PART = 1024 * 1024  # bytes of one part that are read
MOST_LISTED = 50  # files


@dataclass
class Contents:
    """What a mail holds. `text` is all of its words, quotes included."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)


def contents_of(mail: Mail) -> Contents:
    """Read all parts. Files beyond `files.MOST_BYTES` are listed without their content."""
    texts: list[str] = []
    attachments: list[Attachment] = []
    room = files.MOST_BYTES
    for part in _leaves(mail):
        if _is_words(part):
            texts.append(_words(part))
        elif len(attachments) < MOST_LISTED:
            attachments.append(_file(part, room))
            room -= len(attachments[-1].content or b"")
    return Contents("\n\n".join(text for text in texts if text), attachments)


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; of alternatives the plain one, else the one a browser would show."""
    if part.get_content_maintype() == "message" or not part.is_multipart():
        yield part
        return
    children = [child for child in part.get_payload() if isinstance(child, Message)]
    if part.get_content_subtype() != "alternative":
        for child in children:
            yield from _leaves(child)
        return
    choices = [list(_leaves(child)) for child in children]
    plain = [one for one in choices if any(leaf.get_content_type() == "text/plain" and _words(leaf) for leaf in one)]
    rich = [one for one in choices if any(leaf.get_content_type() == "text/html" for leaf in one)]
    chosen = (plain or rich or choices)[:1]
    yield from (leaf for one in chosen for leaf in one)
    for one in choices:  # pictures of the version that is not read, invitations
        if one not in chosen:
            yield from (leaf for leaf in one if leaf.get_content_maintype() != "text")


def _is_words(part: Message) -> bool:
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and not part.get_filename()


def _words(part: Message) -> str:
    content = bytes_of(part)[:MAX_TEXT_PART]
    text = text_of(content, str(part.get_param("charset") or ""))
    return html_to_text(text) if part.get_content_type() == "text/html" else clean(text)


def _file(part: Message, room: int) -> Attachment:
    said = clean(part.get_content_type(), 128)
    name = decoded(str(part.get_filename() or ""))
    if part.get_content_maintype() == "message":  # a mail that is passed on
        return Attachment("document", name=files.clean_name(name or "message.eml"), media_type=said)
    content = bytes_of(part)
    if len(content) > room:
        return Attachment(files.kind_of(said), name=files.clean_name(name), media_type=said, size=len(content))
    return files.received(name, content, said)


def bytes_of(part: Message) -> bytes:
    """What is in a part, its transfer encoding undone; nothing where that cannot be."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # an encoding that the library knows by name and cannot undo
        return b""
    return content if isinstance(content, bytes) else b""
