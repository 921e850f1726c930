"""How often somebody may fail to sign in. Counted in memory: it slows guessing down, and may forget with the process."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

LIMIT = 10
WINDOW = 600.0  # seconds
MAX_NAMES = 20_000


class Attempts:
    """Attempts by name, a name being an address or a login. At most `LIMIT` of each in any `WINDOW`.

    An attempt counts from its beginning, so that many at once are no way around the limit, and is taken back if it succeeds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[str, list[float]] = {}

    def begin(self, *names: str) -> float:
        """Note an attempt under each name; returns 0, or the seconds to wait if one name has had too many (nothing is noted then)."""
        at = self._clock()
        recent = {name: [one for one in self._begun.get(name, ()) if one > at - WINDOW] for name in names}
        full = [times[0] + WINDOW - at for times in recent.values() if len(times) >= LIMIT]
        if full:
            return max(full)
        for name, times in recent.items():
            self._begun.pop(name, None)  # what was tried last stands last
            self._begun[name] = [*times, at]
        while len(self._begun) > MAX_NAMES:
            del self._begun[next(iter(self._begun))]
        return 0.0

    def succeeded(self, address: str, login: str) -> None:
        """Forgive this login its failures, and the address this one attempt: it may still be trying other logins."""
        self._begun.pop(login, None)
        self._begun.get(address, [0.0]).pop()


def network(address: str | None) -> str:
    """What counts as one address: IPv4 as it is, of IPv6 the /64 that one customer of a provider has."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
