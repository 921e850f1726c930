"""The cast: a customer at the web chat and an agent at the desk, over HTTP as their browsers would."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any, Self

import aiohttp

PATIENCE = 15.0


class Customer:
    """Somebody at the web chat. `heard` holds everything said to them, in order."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = aiohttp.ClientSession()
        self._headers: dict[str, str] = {}
        self.items: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        async with self._session.post(f"{self._base}/chat/api/start", json={"language": "de"}) as response:
            token = (await response.json())["token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def post(self, body: dict[str, Any]) -> int:
        """Post a message body and return the position it got."""
        async with self._session.post(f"{self._base}/chat/api/messages", json=body, headers=self._headers) as response:
            assert response.status == 202, await response.text()
            return int((await response.json())["position"])

    async def look(self) -> list[dict[str, Any]]:
        """The whole transcript."""
        async with self._session.get(f"{self._base}/chat/api/transcript", headers=self._headers) as response:
            data = await response.json()
        self.items, self.state = data["items"], data["state"]
        return self.items

    async def say(self, text: str) -> list[dict[str, Any]]:
        """Say something and wait until it is settled; returns what was said in reply."""
        return await self._settled(await self.post({"client_id": str(uuid.uuid4()), "text": text}))

    async def press(self, name: str, value: str = "") -> list[dict[str, Any]]:
        """Press a button of any earlier reply."""
        button = {"name": name, "value": value, "label": name}
        return await self._settled(await self.post({"client_id": str(uuid.uuid4()), "button": button}))

    async def until(self, text: str) -> dict[str, Any]:
        """Wait until somebody says something that contains `text`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for item in await self.look():
                    if item["from"] != "customer" and text in item["text"]:
                        return item
                await asyncio.sleep(0.03)

    async def _settled(self, position: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(PATIENCE):
            while True:
                items = await self.look()
                mine = next(item for item in items if item["position"] == position)
                after = [item for item in items if item["position"] > position]
                if mine["state"] not in ("queued", "running") and (after or mine["state"] == "with_agent"):
                    await asyncio.sleep(0.05)  # several replies of one turn are sent one after the other
                    return [item for item in await self.look() if item["position"] > position]
                await asyncio.sleep(0.03)


class Agent:
    """Somebody at the desk."""

    def __init__(self, base: str, login: str, password: str) -> None:
        self._base = base
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._login, self._password = login, password
        self._token = ""

    async def __aenter__(self) -> Self:
        async with self._session.get(f"{self._base}/sign-in") as response:
            found = re.search(r'name="csrf" value="([^"]+)"', await response.text())
        assert found is not None
        form = {"login": self._login, "password": self._password, "csrf": found[1]}
        async with self._session.post(f"{self._base}/sign-in", data=form) as response:
            page = await response.text()
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found is not None, page[:500]
        self._token = found[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    @property
    def cookie(self) -> str:
        """The Cookie header that this agent's browser sends."""
        return "; ".join(f"{one.key}={one.value}" for one in self._session.cookie_jar)

    async def queue(self) -> list[dict[str, Any]]:
        """The open cases in their order."""
        async with self._session.get(f"{self._base}/desk/api/queue") as response:
            return list((await response.json())["cases"])

    async def act(self, case_id: int, action: str, **body: Any) -> int:
        """claim, resolve, back or reply; returns the HTTP status."""
        headers = {"X-CSRF-Token": self._token}
        url = f"{self._base}/desk/api/cases/{case_id}/{action}"
        async with self._session.post(url, json=body, headers=headers) as response:
            return response.status

    async def reply(self, case_id: int, text: str) -> int:
        """Send a reply."""
        return await self.act(case_id, "reply", client_id=str(uuid.uuid4()), text=text)

    async def case(self, case_id: int) -> dict[str, Any]:
        """Everything the desk shows of a case."""
        async with self._session.get(f"{self._base}/desk/api/cases/{case_id}") as response:
            return dict(await response.json())

    async def file(self, attachment_id: int) -> bytes:
        """The content of a file that a customer sent."""
        async with self._session.get(f"{self._base}/desk/api/attachments/{attachment_id}") as response:
            assert response.status == 200, response.status
            return await response.read()
