"""One Rasa process, over HTTP and behind a circuit breaker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp

from bot.brain.wire import reading_in, refusal_in, turn_in
from bot.breaker import Breaker
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

SLOTS = 8  # turns under way at once: a process works on one at a time, and more would only wait there
MAX_ANSWER = 1024 * 1024  # bytes; a turn's result takes a few thousand
T = TypeVar("T")
_WITH_VALUE = frozenset({"choose_answer", "language"})


class UnusableTurn(BrainUnavailable):
    """This turn cannot be taken, while others can."""


class TokenRefused(BrainUnavailable):
    """The process was started with another token."""


class RasaMember:
    """Speaks to the project's own input channel in a Rasa process. `address` is None while the process takes no turns."""

    def __init__(self, token: str) -> None:
        self.address: str | None = None
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        self.breaker = Breaker()
        self._slots = asyncio.Semaphore(SLOTS)
        self._opened: aiohttp.ClientSession | None = None

    @property
    def up(self) -> bool:
        """Whether it is worth asking."""
        return self.address is not None and not self.breaker.is_open

    async def turn(self, turn: Turn, within: float) -> TurnResult:
        """One turn, given `within` seconds. Raises BrainUnavailable."""
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
        return await self._ask("turn", body, turn_in, within)

    async def read(self, text: str, context: dict[str, Any], within: float) -> Reading:
        """The reading alone, given `within` seconds. Raises BrainUnavailable."""
        return await self._ask("read", {"text": text, "context": context}, reading_in, within)

    async def probe(self, address: str, within: float) -> None:
        """Let the process at `address` read something. BrainUnavailable says what is wrong with it."""
        try:
            async with asyncio.timeout(within):
                reading_in(await self._exchange(f"{address}/webhooks/frontline/read", {"text": "hallo"}))
        except TimeoutError:
            raise BrainUnavailable(f"Rasa did not answer within {within:g} s") from None

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _ask(self, path: str, body: dict[str, Any], read: Callable[[bytes], T], within: float) -> T:
        try:
            async with asyncio.timeout(within), self._slots:
                return await self._watched(path, body, read)
        except TimeoutError:
            raise BrainUnavailable("Rasa did not answer in time") from None

    async def _watched(self, path: str, body: dict[str, Any], read: Callable[[bytes], T]) -> T:
        if self.address is None:
            raise BrainUnavailable("Rasa is not up yet")
        if not self.breaker.lets_through():
            raise BrainUnavailable("Rasa is given a moment to recover")
        try:
            found = read(await self._exchange(f"{self.address}/webhooks/frontline/{path}", body))
        except UnusableTurn:
            self.breaker.succeeded()
            raise
        except BaseException:  # also what is called off because its time is over
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return found

    async def _exchange(self, url: str, body: dict[str, Any]) -> bytes:
        """The body of the answer, whatever may be in it."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None),  # the callers' own time is shorter
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with self._opened.post(url, data=sent, allow_redirects=False) as response:
                answer = await _limited(response.content)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise BrainUnavailable(f"Rasa did not answer: {type(error).__name__}") from error
        _check(response.status, answer)
        return answer


def _check(status: int, answer: bytes) -> None:
    if status == 400:
        raise UnusableTurn(f"Rasa cannot take this turn: {refusal_in(answer)}")
    if status == 413:
        raise UnusableTurn("Rasa cannot take this turn: it is too long")
    if status == 401:
        raise TokenRefused("Rasa answered 401: its token is another")
    if status != 200:
        raise BrainUnavailable(f"Rasa answered {status}")


async def _limited(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise BrainUnavailable(f"Rasa's answer is longer than {MAX_ANSWER} bytes")
    return bytes(body)
