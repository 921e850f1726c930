"""Encrypted messages, and how long one waits for its key, which its sender sends by another way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.channels.fields import Json
from bot.channels.matrix.rooms import Rooms

PATIENCE = 30.0  # seconds; keys mostly come before the message, and on a slow federation a little after it


@dataclass(frozen=True)
class _Waiting:
    room_id: str
    event: Json
    since: str
    until: float


class Sealed:
    """What waits. `since` is the token of /sync before the first of it, empty if nothing does."""

    def __init__(self, rooms: Rooms, clock: Callable[[], float] = time.monotonic) -> None:
        self._rooms = rooms
        self._clock = clock
        self._waiting: list[_Waiting] = []

    @property
    def since(self) -> str:
        """Where to go on from after a crash, so that nothing that waits is lost."""
        return self._waiting[0].since if self._waiting else ""

    def opened(self, room_id: str, events: list[Json], since: str, own: str) -> list[Json]:
        """The events of a room that can be read; encrypted ones as they were before. What cannot be read of others waits."""
        readable = []
        for event in events:
            found = self._rooms.read(room_id, event) if event.get("type") == "m.room.encrypted" else event
            if found is not None:
                readable.append(found)
            elif event.get("sender") != own:
                self._waiting.append(_Waiting(room_id, event, since, self._clock() + PATIENCE))
        return readable

    def late(self) -> dict[str, Any]:
        """By room what has waited long enough: it can be read now, or is given as it came."""
        rooms: dict[str, Any] = {}
        still = []
        for one in self._waiting:
            found = self._rooms.read(one.room_id, one.event)
            if found is None and self._rooms.has_keys and self._clock() < one.until:
                still.append(one)
            else:
                here = rooms.setdefault(one.room_id, {"timeline": {"events": []}})
                here["timeline"]["events"].append(found or one.event)
        self._waiting = still
        return rooms
