"""What was said in a room since we last looked, where /sync tells only the end of it, and since we were invited where we have just entered."""

from __future__ import annotations

import logging

from bot.channels.fields import Json, mapping, mappings, string
from bot.channels.matrix.homeserver import Homeserver

_log = logging.getLogger(__name__)

MOST_PAGES = 100  # of a hundred events each


class History:
    """Asks the homeserver for what is missing."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    async def of_room(self, room_id: str, joined: Json, since: str, own: str) -> list[Json]:
        """The events of a room in their order. Raises DeliveryError where the homeserver cannot tell them now."""
        timeline = mapping(joined, "timeline")
        events, at = mappings(timeline, "events"), string(timeline, "prev_batch")
        if any(_enters(event, own) for event in events):
            return await self._since_invited(room_id, events, at, own)
        if timeline.get("limited") is not True:
            return events
        return await self._behind(room_id, events, at, since)

    async def _since_invited(self, room_id: str, events: list[Json], at: str, own: str) -> list[Json]:
        """Customers invite us and write at once. What was said before we were invited was not said to us."""
        for _ in range(MOST_PAGES):
            invited = [place for place, event in enumerate(events) if _membership(event, own) == "invite"]
            if invited:
                return events[invited[-1] + 1 :]
            page, at = await self._server.before(room_id, at, "") if at else ([], "")
            events = page[::-1] + events
            if not at:
                break
        return events

    async def _behind(self, room_id: str, events: list[Json], at: str, since: str) -> list[Json]:
        for _ in range(MOST_PAGES):
            if not at:
                return events
            page, at = await self._server.before(room_id, at, since)
            events = page[::-1] + events
            if not page:
                return events
        _log.error("more was said in a room than is read at once: all but its last %d events are left out", len(events))
        return events


def _membership(event: Json, member: str) -> str:
    if event.get("type") != "m.room.member" or event.get("state_key") != member:
        return ""
    return string(mapping(event, "content"), "membership")


def _enters(event: Json, member: str) -> bool:
    """Whether this is where somebody entered, rather than got another name or picture."""
    before = mapping(mapping(event, "unsigned"), "prev_content") or mapping(event, "prev_content")
    return _membership(event, member) == "join" and string(before, "membership") != "join"
