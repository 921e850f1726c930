"""What servers report of mails of ours (RFC 3464): not delivered, or delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from bot.channels.mail.headers import Mail, addresses, decoded, message_ids, raw
from bot.channels.mail.identity import Identity
from bot.channels.mail.parts import bytes_of
from bot.domain.message import EventKind

_KINDS = {"failed": EventKind.FAILED, "delivered": EventKind.DELIVERED}


@dataclass(frozen=True)
class Report:
    """What is reported: our mail's name, the customer's address, what became of it, and why."""

    message_id: str
    recipient: str
    kind: EventKind
    reason: str


def is_report(mail: Mail) -> bool:
    """Whether this is a report on delivery."""
    return mail.get_content_type() == "multipart/report" and any(_parts(mail, "message/delivery-status"))


def read_report(mail: Mail, me: Identity) -> Report | None:
    """The report on a mail of ours; None where it is about another, or about a delay."""
    status = next(_parts(mail, "message/delivery-status"), None)
    blocks = status.get_payload() if status is not None else []
    fields = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    block = next((one for one in fields if raw(one, "Action")), None)
    returned = _returned(mail)
    if block is None or returned is None:
        return None
    kind = _KINDS.get(raw(block, "Action").lower())
    ours = next((name for name in message_ids(returned, "Message-ID") if me.reference_in(name)), "")
    recipient = next((address for _, address in addresses(returned, "To")), "")
    if kind is None or not ours or not recipient:
        return None
    return Report(ours, recipient, kind, _reason(block))


def _reason(block: Message) -> str:
    said = raw(block, "Diagnostic-Code").partition(";")[2] or raw(block, "Status")
    return decoded(f"could not be delivered: {said.strip()}" if said.strip() else "could not be delivered", 128)


def _returned(mail: Mail) -> Mail | None:
    """Our mail as far as the report gives it back."""
    for part in _parts(mail, "message/rfc822", "text/rfc822-headers"):
        payload = part.get_payload()
        if isinstance(payload, list) and payload and isinstance(payload[0], Message):
            return payload[0]
        return BytesHeaderParser().parsebytes(bytes_of(part))
    return None


def _parts(mail: Mail, *kinds: str) -> Iterator[Message]:
    """The report's own parts of these kinds; those of mails within it are not its own."""
    payload = mail.get_payload()
    parts = [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
    return (part for part in parts if part.get_content_type() in kinds)
