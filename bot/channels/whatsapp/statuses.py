"""What has become of a message of ours.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
"""

from __future__ import annotations

from bot.channels.fields import integer, label, mappings, string
from bot.channels.whatsapp.failures import MEANINGS
from bot.channels.whatsapp.people import contact_of, names_of, told_in
from bot.channels.whatsapp.rendering import reply_in
from bot.channels.whatsapp.told import Told
from bot.domain.message import EventKind, InboundEvent

_KINDS = {"delivered": EventKind.DELIVERED, "read": EventKind.READ, "played": EventKind.READ}


def of_status(told: Told) -> InboundEvent:
    """A status of the field `messages`. A failed one has no contacts, and often only the phone number that was written to."""
    status = label(told.item, "status", 32).lower()
    event_id = f"{status}:{told.id}"
    recipient = told_in(told.item, "recipient_user_id", "recipient_parent_user_id", "recipient_id")
    names = names_of(*recipient, *told_in(contact_of(told.value, recipient), "user_id", "parent_user_id", "wa_id"))
    if not names or string(told.item, "recipient_type") == "group":
        return told.ignored("a status of nobody's message", event_id)
    facts = {"message_id": told.id, "reply_id": reply_in(string(told.item, "biz_opaque_callback_data"))}
    if status == "failed":
        return told.event(EventKind.FAILED, event_id, names, reason=_why(told), **facts)
    if status not in _KINDS:
        return told.ignored(f"status: {status or 'nothing'}", event_id)
    return told.event(_KINDS[status], event_id, names, **facts)


def _why(told: Told) -> str:
    """Our own words for the first error whose code we know; WhatsApp's may quote what was sent."""
    codes = [code for error in mappings(told.item, "errors") if (code := integer(error, "code")) is not None]
    for code in codes:
        if code in MEANINGS:
            return f"{MEANINGS[code].reason} (code {code})"[:128]
    return f"WhatsApp could not deliver it (code {codes[0]})" if codes else "WhatsApp could not deliver it"
