"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from aiohttp import web

THIS_MACHINE = ("127.0.0.1", "::1")
_OF_A_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def sender_address(request: web.Request) -> str | None:
    """The sender's address. Behind a proxy on this machine it is whom the proxy names last; None if it names nobody."""
    remote = request.remote or ""
    if remote not in THIS_MACHINE:
        return remote
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or None


def is_this_machine(request: web.Request) -> bool:
    """Whether somebody on this machine asks, for themselves. What a proxy adds to a request tells that it asks for others."""
    return request.remote in THIS_MACHINE and not any(name in request.headers for name in _OF_A_PROXY)


def network(address: str | None) -> str:
    """What counts as one address: IPv4 as it is, of IPv6 the /64 that one customer of a provider has."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
