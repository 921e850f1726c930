"""One thing that WhatsApp tells of, taken out of the change it came in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.channels.fields import Json, Malformed, instant, mapping, string
from bot.channels.graph.delivery import Delivery
from bot.channels.whatsapp.contents import seconds_at
from bot.domain.message import EventKind, InboundEvent

CHANNEL = "whatsapp"
_MAX_ID = 200  # characters; WhatsApp's ids of messages have about 70


@dataclass(frozen=True)
class Told:
    """A message, a status, an echo…: the `item`, and the `value` of the change with the contacts beside it."""

    delivery: Delivery
    value: Json
    item: Json

    @classmethod
    def alone(cls, delivery: Delivery, value: Json, field: str, item: Json) -> Told:
        """An item as if nothing else had come with it."""
        beside: Json = {name: value[name] for name in ("metadata", "contacts") if name in value}
        change: Json = {"field": delivery.item.get("field"), "value": {**beside, field: [item]}}
        return cls(replace(delivery, item=change), value, item)

    @property
    def id(self) -> str:
        """WhatsApp's id of the message that is meant; raises Malformed without one."""
        found = string(self.item, "id")
        if not 0 < len(found) <= _MAX_ID:
            raise Malformed("id")
        return found

    def event(self, kind: EventKind, event_id: str, names: tuple[str, ...], **rest: Any) -> InboundEvent:
        """An event in the conversation with the customer who has these names."""
        at = instant({"at": seconds_at(self.item)}, "at")
        facts: dict[str, Any] = {"channel": CHANNEL, "names": names, "sent_at": at, **rest}
        return self.delivery.event(kind, event_id, names[0], **facts)

    def ignored(self, reason: str, event_id: str = "", **rest: Any) -> InboundEvent:
        """An event that is kept and changes nothing."""
        made = self.delivery.ignored(reason, channel=CHANNEL, **rest)
        return replace(made, event_id=event_id) if event_id else made

    def original(self, kind: str) -> str:
        """The id of the message that this one edits or takes back; raises Malformed without one."""
        found = string(mapping(self.item, kind), "original_message_id")
        if not 0 < len(found) <= _MAX_ID:
            raise Malformed("original_message_id")
        return found
