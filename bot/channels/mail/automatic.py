"""Tells mails that a machine wrote, so that no two machines write to each other for ever.

RFC 3834 says what to look for; the rest is what programs write that do not keep to it.
"""

from __future__ import annotations

import re

from bot.channels.mail.headers import Mail, addresses, raw, raw_all, words
from bot.channels.mail.identity import Identity

MOST_HOPS = 50  # a mail that has been handed on more often goes round in circles; servers give up at 100 (RFC 5321, section 6.3)
_AUTOMATIC_NAMES = re.compile(
    r"(mailer-?daemon|postmaster|bounces?|no-?reply|do-?not-?reply|dont-?reply|nicht-?antworten|keine-?antwort|listserv|majordomo|mdaemon|"
    r"auto-?(reply|responder|submitted))([-+_.].*)?|owner-.+|.+-(request|owner|bounces?|relay)"
)
_LISTS = ("List-Id", "List-Post", "List-Unsubscribe", "List-Help", "Mailing-List", "X-Mailing-List")
_RESPONDERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
    "X-AutoReply-From",
)
_SUBJECTS = re.compile(  # with the colon: customers write of absences and undeliverable mail too
    r"(automatische (antwort|nachricht)|automatic(ally generated)? reply|auto-?reply|auto(mated)? response|abwesenheits(notiz|nachricht|meldung)|abwesend|"
    r"out of (the )?office( auto-?reply)?|vacation (reply|response|notice)|undeliverable|unzustellbar)\s*(:.*)?"
    r"|(delivery status notification|mail delivery (failed|failure)|undelivered mail returned|returned mail: ).*",
    re.IGNORECASE,
)


def why_automatic(mail: Mail, me: Identity) -> str:
    """Why nobody waits for an answer to this mail; empty where somebody may."""
    return _ours(mail, me) or _says_so(mail) or _of_a_list(mail) or _looks_so(mail)


def _ours(mail: Mail, me: Identity) -> str:
    if me.reference_in(raw(mail, "Message-ID")) or any(address == me.address for _, address in addresses(mail, "From")):
        return "a mail of our own"
    return "it goes round in circles" if len(mail.get_all("Received") or ()) > MOST_HOPS else ""


def _says_so(mail: Mail) -> str:
    submitted = raw(mail, "Auto-Submitted").lower().partition(";")[0].strip()
    if submitted and submitted != "no":
        return f"sent by a machine: {submitted[:40]}"
    if raw(mail, "Return-Path").replace(" ", "") == "<>":
        return "sent without a return path"
    asked = {word.strip().lower() for value in raw_all(mail, "X-Auto-Response-Suppress") for word in value.split(",")}
    if asked & {"all", "autoreply"}:
        return "asks for no automatic answer"
    return "sent by a machine" if any(mail.get(name) is not None for name in _RESPONDERS) else ""


def _of_a_list(mail: Mail) -> str:
    if any(mail.get(name) is not None for name in _LISTS):
        return "from a mailing list"
    precedence = raw(mail, "Precedence").lower()
    return f"sent in bulk: {precedence[:20]}" if precedence in ("bulk", "junk", "list", "auto_reply") else ""


def _looks_so(mail: Mail) -> str:
    senders = [address.partition("@")[0] for _, address in addresses(mail, "From")]
    if any(_AUTOMATIC_NAMES.fullmatch(name) for name in senders):
        return "from an address of machines"
    return "looks like an automatic answer" if _SUBJECTS.fullmatch(words(mail, "Subject")) else ""
