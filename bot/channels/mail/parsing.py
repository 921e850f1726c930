"""Translates a mail (RFC 5322) into an event of ours. Pure, and never raises: what cannot be read is kept as ignored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.parser import BytesParser
from typing import Any

from bot.channels.cleaning import MAX_TEXT, clean
from bot.channels.fields import storable
from bot.channels.mail.automatic import why_automatic
from bot.channels.mail.bounces import is_report, read_report
from bot.channels.mail.headers import Mail, addresses, date_of, kept_headers, message_ids, raw_all, words
from bot.channels.mail.identity import Identity
from bot.channels.mail.parts import contents_of
from bot.channels.mail.quoting import written
from bot.channels.mail.subjects import bare
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent

CHANNEL = "mail"

MAX_HEADERS = 256 * 1024  # bytes of all headers; servers allow less
MOST_NESTED = 100  # parts that may hold others
MOST_WORK = 4_000_000  # lines, times the parts that may hold others: the library looks at each line for each of those
MOST_PARTS = 2000
MAX_ID = 250  # characters of a mail's name; a longer one is known by its hash
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_NESTING = re.compile(rb"boundary\s*\*?\d*\*?\s*=|message/(?:rfc822|global|partial|delivery-status)", re.IGNORECASE)
_RESULT = re.compile(r"\b(spf|dkim|dmarc)=([a-z]{2,12})\b")


def parse_mail(raw: bytes, me: Identity) -> InboundEvent:
    """The event that a mail is: a message, a report on a mail of ours, or IGNORED with a reason."""
    delivery = _Delivery(me, raw)
    if reason := _unreadable(raw):
        return delivery.ignored(reason)
    try:
        mail = BytesParser().parsebytes(raw)
        delivery = _Delivery(me, raw, mail)
        return _read(delivery, mail)
    except Exception:  # the library's parser has had accidents of many kinds; a mail must not stop those behind it
        return delivery.ignored("cannot be read")


def is_mail(raw: bytes) -> bool:
    """Whether this can be a mail at all: it says from whom it is."""
    end = _END_OF_HEADERS.search(raw, 0, MAX_HEADERS)
    return re.search(rb"(?im)^from:", raw[: end.start() if end else MAX_HEADERS]) is not None


def _unreadable(raw: bytes) -> str:
    """Why a mail is not taken apart at all: it would take more time or memory than any mail is worth."""
    end = _END_OF_HEADERS.search(raw, 0, MAX_HEADERS)
    if end is None and len(raw) > MAX_HEADERS:
        return "its headers are too large"
    nested = len(_NESTING.findall(raw))
    if nested > MOST_NESTED or nested * raw.count(b"\n") > MOST_WORK:
        return "its parts are nested too deeply"
    return "it has too many parts" if raw.count(b"\n--") > MOST_PARTS else ""


@dataclass(frozen=True)
class _Delivery:
    """One mail on its way through: who we are, and how it came."""

    me: Identity
    raw: bytes
    mail: Mail | None = None

    @property
    def event_id(self) -> str:
        """The mail's own name, else what tells its bytes from all others."""
        name = next(iter(message_ids(self.mail, "Message-ID")), "") if self.mail is not None else ""
        if name and len(name) <= MAX_ID:
            return str(storable(name))
        return "sha256:" + hashlib.sha256(name.encode("utf-8", "replace") or self.raw).hexdigest()

    def event(self, kind: EventKind, chat: str, thread: str, **rest: Any) -> InboundEvent:
        key = ConversationKey(CHANNEL, self.me.address, chat, thread)
        kept = {"headers": list(kept_headers(self.mail)) if self.mail is not None else [], "size": len(self.raw)}
        given = {
            "raw": storable(kept | rest.pop("raw", {})),
            "sent_at": date_of(self.mail) if self.mail is not None else None,
        }
        return InboundEvent(key=key, event_id=self.event_id, kind=kind, **given, **rest)

    def ignored(self, reason: str) -> InboundEvent:
        """Not a word of its content is kept."""
        sender = addresses(self.mail, "From") if self.mail is not None else []
        return self.event(EventKind.IGNORED, sender[0][1] if sender else "", "", reason=reason)


def _read(delivery: _Delivery, mail: Mail) -> InboundEvent:
    me = delivery.me
    if is_report(mail):
        report = read_report(mail, me)
        if report is None:
            return delivery.ignored("a report on no mail of ours, or of a delay")
        place = (report.recipient, me.reference_in(report.message_id))
        return delivery.event(report.kind, *place, message_id=report.message_id, reason=report.reason)
    if mail.get_content_type() == "multipart/report":
        return delivery.ignored("a report")
    if reason := why_automatic(mail, me):
        return delivery.ignored(reason)
    senders = addresses(mail, "From")
    if not senders:
        return delivery.ignored("without a sender")
    return _message(delivery, mail, *senders[0])


def _message(delivery: _Delivery, mail: Mail, name: str, address: str) -> InboundEvent:
    contents, headed = contents_of(mail), words(mail, "Subject")
    subject = bare(headed, delivery.me.references)
    text = clean(written(contents.text)) or ("" if contents.attachments else subject)
    if not text and not contents.attachments:
        return delivery.ignored("it says nothing")
    details = {"subject": subject, "authentication": _authentication(mail, delivery.me)}
    return delivery.event(
        EventKind.MESSAGE,
        address,
        _reference(delivery, mail, headed),
        message_id=delivery.event_id,
        text=text,
        attachments=tuple(contents.attachments),
        customer_name=name[:128],
        details={kind: said for kind, said in details.items() if said},
        raw={"text": contents.text[:MAX_TEXT]},
    )


def _reference(delivery: _Delivery, mail: Mail, subject: str) -> str:
    """The conversation that is answered, which only those know who have had a mail of it; else one that begins with this mail."""
    me = delivery.me
    named = [me.reference_in(name) for header in ("References", "In-Reply-To") for name in message_ids(mail, header)]
    known = [found for found in named if found]
    return known[-1] if known else me.references.find(subject) or me.references.derived(CHANNEL, delivery.event_id)


def _authentication(mail: Mail, me: Identity) -> str:
    """What our own server found about the sender (RFC 8601); what other servers claim, or the sender, is not looked at."""
    if not me.authenticator:
        return ""
    found: dict[str, str] = {}
    for value in raw_all(mail, "Authentication-Results"):
        server, _, results = value.partition(";")
        if server.split()[:1] == [me.authenticator]:
            for method, result in _RESULT.findall(results.lower()):
                found.setdefault(method, result)
    return ", ".join(f"{method}={result}" for method, result in sorted(found.items()))
