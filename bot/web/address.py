"""Where a request comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from bot.settings.running import Network
from bot.web.doors import DOORS

THIS_MACHINE = ("127.0.0.1", "::1")
_OF_A_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def sender_address(request: web.Request) -> str | None:
    """The sender's address. Behind proxies of ours it is whom the outermost of them names; None if that is nobody."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    return asked_for(request.remote or "", forwarded, request.app[DOORS].settings.web.proxies)


def asked_for(remote: str, forwarded: str, proxies: Sequence[Network]) -> str | None:
    """For whom `remote` asks, where proxies have written each into `forwarded` who asked them."""
    for hop in (remote, *(name.strip() for name in reversed(forwarded.split(",")))):
        if not is_proxy(hop, proxies):
            return hop or None
    return None


def is_proxy(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address may speak for others: one on this machine, or one of `proxies`."""
    if address in THIS_MACHINE:
        return True
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in proxies)


def is_this_machine(request: web.Request) -> bool:
    """Whether somebody on this machine asks, for themselves. What a proxy adds to a request tells that it asks for others."""
    return request.remote in THIS_MACHINE and not any(name in request.headers for name in _OF_A_PROXY)


def network(address: str | None) -> str:
    """What counts as one address: IPv4 as it is, of IPv6 the /64 that one customer of a provider has."""
    parsed = _parsed(address or "")
    if parsed is None:
        return address or ""
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    # some proxies write IPv4 in this form (RFC 4291, section 2.5.5.2), in which all of them would be one /64
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed
