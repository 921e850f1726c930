"""WhatsApp: one business number by Meta's Cloud API.

`channel.py` is the channel; `changes.py` translates in, `rendering.py` out, both pure.
"""

from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.failures import MEANINGS

__all__ = ["MEANINGS", "WhatsAppChannel"]
