"""Asks a vendor who we are."""

from __future__ import annotations

import asyncio

from bot.channels.base import Channel
from bot.errors import DeliveryError

WITHIN = 15.0  # seconds for a vendor to say who we are


async def ask(channel: Channel) -> tuple[str, str]:
    """(what the vendor says, why it refuses us): one of them is empty. The channel is closed afterwards."""
    try:
        async with asyncio.timeout(WITHIN):
            return await channel.check(), ""
    except DeliveryError as error:
        return "", error.reason
    except TimeoutError:
        return "", f"no answer within {WITHIN:g} seconds"
    finally:
        await channel.close()
