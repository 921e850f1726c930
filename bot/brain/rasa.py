"""Rasa as brain, over HTTP on the loopback, behind a circuit breaker."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.brain.base import result_from
from bot.breaker import Breaker
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

_WITH_VALUE = frozenset({"choose_answer", "language"})


class UnusableTurn(BrainUnavailable):
    """This turn cannot be taken, while others can."""


class RasaBrain:
    """Speaks to the project's own input channel in the Rasa process. `address` is None until the process is ready."""

    def __init__(self, token: str, *, timeout: float, breaker: Breaker | None = None) -> None:
        self.address: str | None = None
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._breaker = breaker or Breaker()
        self._session: aiohttp.ClientSession | None = None

    async def turn(self, turn: Turn) -> TurnResult:
        """One turn. The message's id goes along, so that a turn asked again after a crash is not taken twice."""
        body: dict[str, Any] = {
            "conversation": turn.conversation,
            "message_id": turn.message_id,
            "context": turn.context,
        }
        if turn.button is not None:
            name, value = turn.button
            body["button"] = {"name": name, "value": value if name in _WITH_VALUE else None}
        else:
            body["text"] = turn.text
        return result_from(await self._post("turn", body), "rasa")

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """The reading alone."""
        data = await self._post("read", {"text": text, "context": context})
        try:
            return Reading.from_dict(data["reading"])
        except (KeyError, TypeError, ValueError) as error:
            raise BrainUnavailable("Rasa gave no usable reading") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        if self.address is None:
            raise BrainUnavailable("Rasa is not up yet")
        if not self._breaker.lets_through():
            raise BrainUnavailable("Rasa is given a moment to recover")
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        try:
            async with self._session.post(f"{self.address}/webhooks/frontline/{path}", json=body) as response:
                if response.status == 400:  # this one request is at fault, not Rasa
                    self._breaker.succeeded()
                    reason = (await response.json(content_type=None)).get("error", "")
                    raise UnusableTurn(f"Rasa cannot take this turn: {reason}")
                if response.status != 200:
                    raise BrainUnavailable(f"Rasa answered {response.status}")
                data = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._breaker.failed()
            raise BrainUnavailable(f"Rasa did not answer: {type(error).__name__}") from error
        except UnusableTurn:
            raise
        except BrainUnavailable:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return data
