"""A reply as a mail (RFC 5322, RFC 2045). Pure.

Headers are put together by `email.message`, which refuses line breaks in them; names and subjects are cleaned besides.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from bot.channels.cleaning import clean
from bot.channels.mail.identity import Identity
from bot.channels.mail.page import page_of
from bot.channels.mail.subjects import bare
from bot.channels.mail.texts import texts
from bot.channels.plain import plain
from bot.domain.reply import Outgoing, ReplyKind
from bot.settings.company import Company

MAX_SUBJECT = 150  # characters of the customer's own
_NAME = re.compile(r"<[!-;=?-~]{3,248}>")  # of another's mail, as it may stand in a header

_HEADERS = HeaderRegistry()
for _header in (
    "In-Reply-To",
    "References",
):  # one name each; as mere text a long one would be encoded when it is folded
    _HEADERS.map_to_type(_header, MessageIDHeader)  # type: ignore[arg-type]  # typeshed knows it as a mixin only
_ASCII = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")
_UTF8 = SMTPUTF8.clone(header_factory=_HEADERS, cte_type="7bit")  # for addresses with other letters (RFC 6531)


def render(outgoing: Outgoing, me: Identity, company: Company, at: datetime) -> EmailMessage | None:
    """The mail that says `outgoing`, written `at`; None if it says nothing. What the bot says is marked as a machine's (RFC 3834)."""
    said = plain(outgoing, with_choices=True)
    if not said:
        return None
    reference, reply = outgoing.key.thread, outgoing.reply
    words = texts(reply.language, company.address)
    by_person = reply.kind is ReplyKind.AGENT
    mail = EmailMessage(_ASCII if outgoing.key.chat.isascii() else _UTF8)
    name = f"{outgoing.author} ({company.name})" if by_person and outgoing.author else company.bot_name
    mail["From"] = _address(_one_line(name), me.address)
    mail["To"] = _address("", outgoing.key.chat)
    mail["Subject"] = (
        f"Re: {_one_line(bare(outgoing.subject, me.references))[:MAX_SUBJECT] or words['subject'].format(company=company.name)} [{reference}]"
    )
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = me.message_id(reference, outgoing.id)
    if _NAME.fullmatch(outgoing.answers):
        mail["In-Reply-To"] = mail["References"] = outgoing.answers
    if not by_person:
        mail["Auto-Submitted"] = "auto-generated" if me.reference_in(outgoing.answers) else "auto-replied"
        mail["X-Auto-Response-Suppress"] = (
            "OOF, AutoReply, DR, RN, NRN"  # Exchange's word for the same; bounces are welcome
        )
    notes = _notes(outgoing, company, words)
    mail.set_content(f"{said}\n\n-- \n" + "\n".join(notes) + "\n")
    mail.add_alternative(page_of(outgoing, notes), subtype="html")
    mail["Content-Language"] = reply.language
    return mail


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _notes(outgoing: Outgoing, company: Company, words: dict[str, str]) -> list[str]:
    """What stands under every mail: who wrote it, why it came, and what happens with what is written."""
    of_bot = outgoing.reply.kind is not ReplyKind.AGENT
    return [
        words["by_machine" if of_bot else "by_person"],
        words["why"].format(reference=outgoing.key.thread),
        words["privacy"].format(url=company.privacy_url),
    ]


def _one_line(text: str) -> str:
    """Words for a header. What looks like an encoded word (RFC 2047) would be decoded by the library, line breaks and all."""
    return " ".join(clean(text).split()).replace("=?", "= ?")
