"""How much may be sent with the form."""

from __future__ import annotations

from bot.rates import Bucket, Claim, Rates, Window
from bot.web.address import network

SENDS = Bucket("form.sends_of_network", burst=10, per_second=1 / 60)
MAILS = Window("form.mails_of_address", most=5, seconds=3600)
"""An address that somebody types wrongly, or in order to annoy, gets no more than that."""


async def wait_before(rates: Rates, sender: str | None, email: str) -> float:
    """Count a message that is answered to `email` and return 0 if it may be sent; else the seconds to wait. `sender`: None is this machine."""
    claims: list[Claim] = [(MAILS, email)]
    if sender is not None:
        claims.append((SENDS, network(sender)))
    return await rates.take(*claims)
