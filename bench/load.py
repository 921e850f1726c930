"""Customers under load: each says one thing, waits for the reply, and says the next."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import numpy as np


class Customer(Protocol):
    """Says a text and returns when the whole reply is there."""

    async def say(self, text: str) -> None:
        """One turn."""

    async def leave(self) -> None:
        """End."""


@dataclass(frozen=True)
class Measured:
    """Latencies in ms and the rate in messages a second."""

    customers: int
    p50: float
    p99: float
    rate: float


class WebCustomer:
    """A customer of the web chat: posts as the page does and sees the reply on the page's own socket."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._headers: dict[str, str] = {}
        self.heard: list[dict[str, Any]] = []

    async def _arrive(self) -> aiohttp.ClientWebSocketResponse:
        async with self._session.post(f"{self._base}/chat/api/start", json={"language": "de"}) as response:
            token = (await response.json())["token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        socket = await self._session.ws_connect(f"{self._base}/chat/api/live")
        await socket.send_json({"token": token, "after": 0})
        return socket

    async def say(self, text: str) -> None:
        """Post, then wait until the reply has come, or the message is with a person, who waits for no machine."""
        if self._socket is None:
            self._socket = await self._arrive()
        body = {"client_id": str(uuid.uuid4()), "text": text}
        async with self._session.post(f"{self._base}/chat/api/messages", json=body, headers=self._headers) as response:
            position = (await response.json())["position"]
        while True:
            frame = await self._socket.receive_json()
            if frame["type"] == "items" and any(_ends(item, position) for item in frame["items"]):
                self.heard = frame["items"]
                return

    async def leave(self) -> None:
        """Close the page."""
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()


def _ends(item: dict[str, Any], position: int) -> bool:
    if item["from"] == "customer":
        return bool(item["position"] == position and item["state"] == "with_agent")
    return bool(item["position"] > position)


class RasaCustomer:
    """A customer of bare Rasa over its stock REST channel."""

    def __init__(self, base: str) -> None:
        self._url = f"{base}/webhooks/rest/webhook"
        self._session = aiohttp.ClientSession()
        self._sender = uuid.uuid4().hex

    async def say(self, text: str) -> None:
        """One REST call; the response is the reply."""
        async with self._session.post(self._url, json={"sender": self._sender, "message": text}) as response:
            await response.read()

    async def leave(self) -> None:
        """Close the connection."""
        await self._session.close()


async def measure(
    arrive: Callable[[], Customer], texts: Sequence[str], *, customers: int, seconds: float, turns: int = 12
) -> Measured:
    """Load for `seconds`. A customer leaves after `turns` messages and another comes, for real conversations are short."""
    latencies: list[float] = []
    began = time.perf_counter()
    end = began + seconds

    async def one_after_another(offset: int) -> None:
        place = offset * 97
        while time.perf_counter() < end:
            customer = arrive()
            for _ in range(turns):
                place += 1
                started = time.perf_counter()
                async with asyncio.timeout(30):
                    await customer.say(texts[place % len(texts)])
                latencies.append(time.perf_counter() - started)
                if time.perf_counter() >= end:
                    break
            await customer.leave()

    await asyncio.gather(*(one_after_another(number) for number in range(customers)))
    passed = time.perf_counter() - began
    p50, p99 = np.percentile(np.array(latencies) * 1000, [50, 99])
    return Measured(customers, float(p50), float(p99), len(latencies) / passed)
