"""Who has the word in a conversation that several apps share, and Meta's own inbox with them.

https://developers.facebook.com/docs/messenger-platform/handover-protocol
"""

from __future__ import annotations

from bot.channels.fields import Json, mapping
from bot.channels.graph.delivery import identifier
from bot.domain.message import EventKind

CONTROL = ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles")


def read_control(item: Json, app_id: str) -> tuple[EventKind, str]:
    """What a change of control means: given back to us, taken over by another, or (with a reason) neither."""
    kind = next(kind for kind in CONTROL if kind in item)
    if kind == "app_roles":
        return EventKind.IGNORED, "the apps of the page have new roles"
    if kind == "request_thread_control":
        return EventKind.IGNORED, "another app asks for the conversation"
    control = mapping(item, kind)
    owner = identifier(control, "new_owner_app_id")
    if owner == app_id:
        return EventKind.GIVEN_BACK, ""
    if kind == "pass_thread_control" and not owner:
        if "new_owner_app_id" not in control:
            return EventKind.IGNORED, "control passes to nobody that is named"
        return EventKind.GIVEN_BACK, ""  # the conversation is idle, and the next word of the customer comes to us
    return EventKind.TAKEN_OVER, ""
