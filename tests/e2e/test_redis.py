"""With Redis: live hints go through a real server, and nothing that matters does. When it dies, forms go on and customers are answered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cast import Customer
from tests.e2e.conftest import Served, serve, stop
from tests.homes import fresh_home
from tests.servers import RedisServer, redis_server


async def _leaves_a_contact_while_redis_dies(served: Served, redis: RedisServer) -> str:
    async with Customer(served.url) as customer:
        await customer.press("leave_contact")
        redis.stop()
        said = await customer.say("anna.muster@example.org")
        return " ".join(item["text"] for item in said)


def test_a_form_goes_on_after_redis_died(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        served = serve(fresh_home(tmp_path / "home"), FRONTLINE_REDIS_URL=redis.url)
        try:
            served.wait(rasa=True)
            with ThreadPoolExecutor(1) as thread:
                said = thread.submit(asyncio.run, _leaves_a_contact_while_redis_dies(served, redis)).result()
            assert "wir melden uns dort" in said
        finally:
            stop(served)
