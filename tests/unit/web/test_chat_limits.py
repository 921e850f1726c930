"""The web chat's limits: who is counted, and what is said beyond them."""

from __future__ import annotations

import pytest

from bot.errors import RequestRejected
from bot.rates import Bucket, LocalRates
from bot.web.chat.limits import Limits
from tests.clock import Clock


@pytest.fixture
def limits() -> Limits:
    """One message, and one start, in ten seconds."""
    found = Limits(LocalRates(Clock()))
    found.messages = Bucket("messages", burst=1, per_second=0.1)
    found.starts_of_address = Bucket("starts", burst=1, per_second=0.1)
    return found


async def test_too_many_is_refused_with_the_time_to_wait(limits: Limits) -> None:
    await limits.message("visitor", "192.0.2.1")
    with pytest.raises(RequestRejected, match="try again in 10 s") as caught:
        await limits.message("visitor", "192.0.2.1")
    assert caught.value.status == 429


async def test_this_machine_has_no_limit_of_its_own(limits: Limits) -> None:
    for _ in range(3):
        await limits.start(None)


async def test_an_ipv6_customer_is_one_address(limits: Limits) -> None:
    await limits.start("2001:db8::1")
    await limits.start("2001:db8:0:1::1")
    with pytest.raises(RequestRejected):
        await limits.start("2001:db8::ffff:1")
