"""What somebody has entered: checked field by field, and translated into a message of the mail channel."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from bot.channels.cleaning import clean
from bot.channels.files import received
from bot.channels.mail.identity import Identity, normalised
from bot.channels.mail.parsing import CHANNEL
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.settings import Form
from bot.web.form.uploads import Upload

MAX_MESSAGE = 10_000  # characters
_LONGEST = {"name": 100, "email": 254, "number": 40, "message": MAX_MESSAGE}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field: `text` is the key of what is said about it, `name` a file it is about."""

    field: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class Entry:
    """The form as it was filled in."""

    name: str = ""
    email: str = ""
    number: str = ""
    topic: str = ""
    message: str = ""
    consent: bool = False
    trap: str = ""
    files: tuple[Attachment, ...] = ()

    @classmethod
    def read(cls, upload: Upload, asked: Form) -> Entry:
        """Clean what came, of what is `asked` for. The message keeps its lines."""
        files = tuple(received(name, content) for name, content in upload.files) if asked.files else ()
        return cls(
            name=_line(upload, "name"),
            email=_line(upload, "email"),
            number=_line(upload, "number") if asked.customer_number else "",
            topic=_line(upload, "topic"),
            message=clean(upload.fields.get("message", "")),
            consent=bool(upload.fields.get("consent")),
            trap=upload.fields.get("website", ""),
            files=files,
        )

    def problems(self, topics: Collection[str], of_files: str = "") -> list[Problem]:
        """All that is wrong, in the order of the fields. `of_files`: what was wrong with them when they were read."""
        found = [Problem(name, "long") for name, most in _LONGEST.items() if len(getattr(self, name)) > most]
        if not normalised(self.email):
            found = [one for one in found if one.field != "email"] + [Problem("email", "email")]
        if self.topic and self.topic not in topics:
            found.append(Problem("topic", "topic"))
        if not self.message:
            found.append(Problem("message", "message"))
        if of_files:
            found.append(Problem("files", f"files.{of_files}"))
        found += [Problem("files", "files.kind", one.name) for one in self.files if one.content is None]
        if not self.consent:
            found.append(Problem("consent", "consent"))
        if self.trap:
            found.append(Problem("website", "trap"))
        order = ("name", "email", "number", "topic", "message", "files", "consent", "website")
        return sorted(found, key=lambda one: order.index(one.field))


def _line(upload: Upload, name: str) -> str:
    return " ".join(clean(upload.fields.get(name, "")).split())


def event_of(entry: Entry, stamp: str, me: Identity, topic: str, language: str) -> InboundEvent:
    """The message. Sent twice from the same form it is the same one; corrected and sent again it is another.

    `topic`: its title as the customer read it.
    """
    digest = hashlib.sha256("\x1f".join((entry.email, entry.message)).encode()).hexdigest()[:16]
    reference = me.references.derived("form", stamp, digest)
    details = {"subject": topic, "customer_number": entry.number, "door": "form"}
    return InboundEvent(
        key=ConversationKey(CHANNEL, me.address, normalised(entry.email), reference),
        event_id=f"form:{stamp}:{digest}",
        kind=EventKind.MESSAGE,
        message_id=me.message_id(reference, "form"),
        text=entry.message,
        attachments=entry.files,
        customer_name=entry.name,
        language=language,
        details={kind: said for kind, said in details.items() if said},
        raw={name: getattr(entry, name) for name in ("name", "email", "number", "topic", "message", "consent")},
    )
