"""For whom somebody asks, where proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bot.web.address import asked_for, network
from bot.web.listening import Crowd

OURS = (ip_network("192.0.2.0/28"), ip_network("2001:db8:7::/64"))
CUSTOMER = "198.51.100.7"


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        (CUSTOMER, "", CUSTOMER),
        (CUSTOMER, "203.0.113.9", CUSTOMER),  # anybody can write a header
        ("192.0.2.1", CUSTOMER, CUSTOMER),
        ("192.0.2.1", f"203.0.113.9, {CUSTOMER}", CUSTOMER),  # so can a customer of the proxy
        ("2001:db8:7::1", f"{CUSTOMER}, 192.0.2.2", CUSTOMER),  # a proxy behind a proxy
        ("127.0.0.1", f"{CUSTOMER},192.0.2.2", CUSTOMER),
        ("::ffff:192.0.2.1", CUSTOMER, CUSTOMER),
        ("192.0.2.1", "", None),
        ("192.0.2.1", "192.0.2.2", None),
        ("192.0.2.99", CUSTOMER, "192.0.2.99"),  # not one of ours
        ("192.0.2.1", "unknown", "unknown"),
    ],
)
def test_proxies_of_ours_are_believed_and_nobody_else(remote: str, forwarded: str, address: str | None) -> None:
    assert asked_for(remote, forwarded, OURS) == address


def test_addresses_of_ipv4_are_told_apart_in_either_form() -> None:
    assert network("::ffff:198.51.100.7") == network("198.51.100.7") == "198.51.100.7"
    assert network("2001:db8::1") == network("2001:db8::2") == "2001:db8::/64"


def test_a_proxy_of_ours_brings_any_number_of_connections() -> None:
    crowd = Crowd(10, 2, OURS)
    assert [crowd.enter("192.0.2.1") for _ in range(3)] == [True, True, True]
    assert [crowd.enter(CUSTOMER) for _ in range(3)] == [True, True, False]
