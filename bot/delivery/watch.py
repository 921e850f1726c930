"""Watches a Rasa process, ours or somebody else's: turns go to it from its first reading until it falls silent."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from bot.errors import BrainUnavailable

_LOG = structlog.get_logger()
FIRST_READING = 30.0  # seconds; it takes longer than a customer should wait, and so is none of theirs
AWAY_PAUSE = 0.5  # seconds between looks at a process that is not there yet


class Member(Protocol):
    """What is watched: who speaks to the process. `address` is None while it takes no turns."""

    address: str | None

    async def probe(self, address: str, within: float) -> None:
        """Let it read something within so many seconds; BrainUnavailable says what is wrong."""


class Watch:
    """Looks at one process every `pause` seconds; `misses` looks in a row without an answer mean that it is silent."""

    def __init__(self, member: Member, address: str, *, pause: float = 5.0, misses: int = 6) -> None:
        self._member = member
        self._address = address
        self._pause = pause
        self._misses = misses
        self._told = ""

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.until_silent()

    async def until_silent(self) -> None:
        """Wait until the process reads, let it take turns, and return when it has fallen silent."""
        while True:
            if await self._reads(FIRST_READING):
                break
            await asyncio.sleep(AWAY_PAUSE)
        _LOG.info("rasa.ready", address=self._address)
        self._member.address = self._address
        try:
            missed = 0
            while missed < self._misses:
                await asyncio.sleep(self._pause)
                missed = 0 if await self._reads(self._pause) else missed + 1
            _LOG.warning("rasa.silent", address=self._address, reason=self._told)
        finally:
            self._member.address = None

    async def _reads(self, within: float) -> bool:
        try:
            await self._member.probe(self._address, within)
        except BrainUnavailable as error:
            if str(error) != self._told:  # once, not at every look
                _LOG.info("rasa.not_ready", address=self._address, reason=str(error))
            self._told = str(error)
            return False
        self._told = ""
        return True
