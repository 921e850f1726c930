"""With Redis: Rasa's trackers and the live hints go through a real server, and a half-filled form outlives Rasa's death."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import redis

from tests.cast import Customer
from tests.e2e.conftest import Served, rasa_of, serve, stop, wait_for_another
from tests.homes import fresh_home
from tests.servers import redis_server


async def _leaves_a_contact_while_rasa_dies(served: Served) -> str:
    async with Customer(served.url) as customer:
        await customer.press("leave_contact")
        first = rasa_of(served)
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.to_thread(wait_for_another, served, first.pid)
        said = await customer.say("anna.muster@example.org")
        return " ".join(item["text"] for item in said)


def test_a_form_goes_on_after_rasa_died(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        served = serve(fresh_home(tmp_path / "home"), FRONTLINE_REDIS_URL=server.url)
        try:
            served.wait(rasa=True)
            with ThreadPoolExecutor(1) as thread:
                said = thread.submit(asyncio.run, _leaves_a_contact_while_rasa_dies(served)).result()
            assert "wir melden uns dort" in said
            with redis.Redis.from_url(server.url) as client:
                assert client.dbsize() > 0  # the tracker is there
        finally:
            stop(served)
