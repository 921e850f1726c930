"""A customer who talks to a real Rasa process through the frontline channel."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp


@dataclass
class Customer:
    """One conversation. `context`, and in it the dialogue's `form`, is kept as the bot keeps it."""

    session: aiohttp.ClientSession
    url: str
    conversation: str = field(default_factory=lambda: f"c-{uuid4().hex}")
    context: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a message; the whole result of the turn."""
        return await self._turn({"text": text, **more})

    async def press(self, name: str, value: str | None = None, **more: Any) -> dict[str, Any]:
        """Press a button; the whole result of the turn."""
        return await self._turn({"button": {"name": name, "value": value}, **more})

    async def hears(self, text: str) -> list[dict[str, Any]]:
        """Write a message; the acts that follow."""
        return list((await self.say(text))["acts"])

    async def gets(self, button: str, value: str | None = None) -> list[dict[str, Any]]:
        """Press a button; the acts that follow."""
        return list((await self.press(button, value))["acts"])

    async def again(self) -> dict[str, Any]:
        """The bot asks its last turn again, as after a crash; the whole result."""
        async with self.session.post(f"{self.url}/turn", json=self.asked) as response:
            result: dict[str, Any] = await response.json()
            assert response.status == 200, result
            return result

    async def _turn(self, message: dict[str, Any]) -> dict[str, Any]:
        body = {"conversation": self.conversation, "message_id": f"m{next(self._numbers)}", "context": self.context}
        self.asked = body | message
        result = await self.again()
        self.context = {**self.context, "form": result["form"]}
        return result
