"""How often somebody may fail to sign in: it slows guessing down."""

from __future__ import annotations

from bot.rates import Rates, Window

LIMIT = 10
WINDOW = 600.0  # seconds
OF_ADDRESS = Window("sign_in.address", LIMIT, WINDOW)
OF_LOGIN = Window("sign_in.login", LIMIT, WINDOW)


class Attempts:
    """Attempts by address and by login: at most `LIMIT` of each in any `WINDOW`.

    An attempt counts from its beginning, so that many at once are no way around the limit, and is taken back if it succeeds.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates

    async def begin(self, address: str, login: str) -> float:
        """Note an attempt and return 0; or the seconds to wait if address or login has had too many (nothing is noted then)."""
        return await self._rates.take((OF_ADDRESS, address), (OF_LOGIN, login))

    async def succeeded(self, address: str, login: str) -> None:
        """Forgive this login its failures, and the address this one attempt: it may still be trying other logins."""
        await self._rates.forget(OF_LOGIN, login)
        await self._rates.give_back(OF_ADDRESS, address)
