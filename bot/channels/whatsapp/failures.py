"""What WhatsApp's own error codes mean, beside those of all the Graph API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from bot.channels.graph.failures import NOT_REACHED, WINDOW_CLOSED, Meaning, Meanings
from bot.errors import DeliveryError

_TOO_FAST = Meaning("WhatsApp asks to send more slowly", permanent=False, wait=True)
_TOO_FAST_IN_CHAT = Meaning("WhatsApp asks to write to this customer more slowly", permanent=False, wait=True)
_LATER = Meaning("WhatsApp asks to try again later", permanent=False)
_NOT_REGISTERED = Meaning("the number is not registered with the Cloud API", of_account=True)

MEANINGS: Meanings = {
    130429: _TOO_FAST,
    131048: _TOO_FAST,
    131056: _TOO_FAST_IN_CHAT,
    131000: _LATER,
    131016: _LATER,
    131057: _LATER,
    133004: _LATER,
    131026: NOT_REACHED,
    131030: Meaning("the number is not among those that a test number may write to"),
    131047: WINDOW_CLOSED,
    131049: Meaning("WhatsApp did not deliver it, to spare the customer too much"),
    130472: Meaning("WhatsApp did not deliver it: the customer is part of an experiment of Meta's"),
    131031: Meaning("WhatsApp has restricted the business account: see the WhatsApp Manager", of_account=True),
    130497: Meaning("WhatsApp does not let the business account write to the customer's country"),
    131005: Meaning("WhatsApp refuses: the token lacks whatsapp_business_messaging", of_account=True),
    131008: Meaning("WhatsApp refuses the message"),
    131009: Meaning("WhatsApp refuses the message"),
    131021: Meaning("a number cannot write to itself"),
    131042: Meaning("WhatsApp wants the payment settled: see the WhatsApp Manager", of_account=True),
    131045: _NOT_REGISTERED,
    131062: Meaning("WhatsApp does not yet take messages to this customer's user id"),
    133010: _NOT_REGISTERED,
}


def asks_for_silence_in_chat(error: DeliveryError) -> bool:
    """Whether WhatsApp found us too fast with one customer, rather than altogether."""
    return error.reason.startswith(_TOO_FAST_IN_CHAT.reason)
