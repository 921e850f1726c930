"""Entering rooms: where we are invited, and where a room goes on elsewhere."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

from bot.channels.fields import Json, label, mapping, mappings, string
from bot.channels.matrix.addressing import Me
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.parsing import CHANNEL
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.errors import DeliveryError

_log = logging.getLogger(__name__)

MOST_WAITING = 1000  # invitations that cannot be accepted now, mostly because another homeserver is away


class Entering:
    """Accepts invitations of one person, and to where a room that we know goes on; with `groups` all. What cannot be entered now is tried at each look."""

    def __init__(self, server: Homeserver, knows: Callable[[str], bool], *, groups: bool) -> None:
        self._server = server
        self._knows = knows
        self._groups = groups
        self._waiting: list[str] = []

    @property
    def progress(self) -> dict[str, Any]:
        """What is still to be entered: told once, so it has to be remembered."""
        return {"invited": list(self._waiting)}

    def resume(self, progress: dict[str, Any]) -> None:
        """Go on with what was still to be entered."""
        invited = progress.get("invited")
        self._waiting = [one for one in invited if isinstance(one, str)] if isinstance(invited, list) else []

    async def enter(self, body: Json, me: Me) -> list[InboundEvent]:
        """Enter what an answer of /sync invites us to; an event for each invitation."""
        invited = mapping(mapping(body, "rooms"), "invite")
        found = []
        for room_id in invited:
            state = mappings(mapping(mapping(invited, room_id), "invite_state"), "events")
            wanted = self._groups or _is_direct(state, me.account) or self._knows(_predecessor(state))
            self._waiting += [room_id] if wanted and room_id not in self._waiting else []
            if not wanted:
                await self._decline(room_id)
            reason = "invited" if wanted else "invited to a room of several, and matrix.groups is off"
            key = ConversationKey(CHANNEL, me.account, room_id)
            digest = hashlib.sha256(json.dumps([room_id, state], sort_keys=True).encode()).hexdigest()[:32]
            found.append(InboundEvent(key, f"invite-{digest}", EventKind.IGNORED, reason=reason))
        self._waiting += [room_id for room_id in _continued(body) if room_id not in self._waiting]
        waiting, self._waiting = self._waiting[-MOST_WAITING:], []
        for room_id in waiting:
            if await self._cannot_enter_now(room_id):
                self._waiting.append(room_id)
        return found

    async def _cannot_enter_now(self, room_id: str) -> bool:
        try:
            await self._server.join(room_id)
        except DeliveryError as error:
            _log.warning("a room cannot be entered: %s", error.reason)
            return not error.permanent
        return False

    async def _decline(self, room_id: str) -> None:
        try:
            await self._server.leave(room_id)
        except DeliveryError as error:
            _log.warning("an invitation cannot be declined: %s", error.reason)


def _is_direct(state: list[Json], account: str) -> bool:
    """Whether the customer wants to talk with us alone, as their client says with the invitation."""
    ours = (one for one in state if one.get("type") == "m.room.member" and one.get("state_key") == account)
    return any(mapping(one, "content").get("is_direct") is True for one in ours)


def _predecessor(state: list[Json]) -> str:
    """The room that this one takes the place of; empty where there is none."""
    made = next((mapping(one, "content") for one in state if one.get("type") == "m.room.create"), {})
    return string(mapping(made, "predecessor"), "room_id")


def _continued(body: Json) -> list[str]:
    """The rooms that take the place of upgraded ones (https://spec.matrix.org/latest/client-server-api/#room-upgrades)."""
    joined = mapping(mapping(body, "rooms"), "join")
    events = [
        event for room_id in joined for event in mappings(mapping(mapping(joined, room_id), "timeline"), "events")
    ]
    ends = [mapping(event, "content") for event in events if event.get("type") == "m.room.tombstone"]
    return [room_id for end in ends if (room_id := label(end, "replacement_room", 255)).startswith("!")]
