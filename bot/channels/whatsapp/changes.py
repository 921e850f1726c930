"""Translates one change of a WhatsApp business account into events of ours. Pure.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.fields import Json, Malformed, mapping, string
from bot.channels.graph.delivery import Delivery
from bot.channels.whatsapp.messages import errors_in, of_echo, of_message
from bot.channels.whatsapp.people import names_of, told_in
from bot.channels.whatsapp.statuses import of_status
from bot.channels.whatsapp.told import CHANNEL, Told
from bot.domain.message import InboundEvent


def translate(delivery: Delivery) -> list[InboundEvent]:
    """The events in a change: several messages and statuses may come in one."""
    field, value = string(delivery.item, "field"), mapping(delivery.item, "value")
    readers = _LISTS.get(field)
    if readers is None:
        return [_of_account(delivery, field)]
    events = [
        _read(Told.alone(delivery, value, name, item), reader)
        for name, reader in readers.items()
        for item in _items(value, name)
    ]
    if value.get("errors"):
        trouble = delivery.ignored(f"WhatsApp reports an error: {errors_in(value)}", channel=CHANNEL)
        events.append(replace(trouble, event_id=f"errors:{delivery.digest}"))
    return events or [delivery.ignored(f"nothing in it: {field}", channel=CHANNEL)]


def _read(told: Told, reader: Callable[[Told], InboundEvent]) -> InboundEvent:
    try:
        return reader(told)
    except Malformed:
        return told.ignored("malformed")


def _of_account(delivery: Delivery, field: str) -> InboundEvent:
    """What concerns the account rather than a conversation. Whole address books may come in it, which nobody here asked for."""
    kept = {"field": clean(field, 64), "account": delivery.account}
    what = next((what for what, fields in _KNOWN.items() if field in fields), "unknown kind")
    return delivery.ignored(f"{what}: {clean(field, 64) or 'nothing'}", channel=CHANNEL, raw=kept)


def _new_ids(told: Told) -> InboundEvent:
    """A customer's user id has changed: the conversation goes on under the new one."""
    ids = mapping(told.item, "user_id")
    before, after = names_of(string(ids, "previous")), names_of(string(ids, "current"), *told_in(told.item, "wa_id"))
    moved = told.ignored("the customer's ids: user_id_update")
    if not before or not after or before[0] == after[0]:
        return moved
    return replace(moved, key=replace(moved.key, chat=after[0]), names=after, formerly=before[0])


def _items(value: Json, name: str) -> list[Json]:
    found: Any = value.get(name)
    return [item if isinstance(item, dict) else {"": item} for item in found] if isinstance(found, list) else []


_LISTS: dict[str, dict[str, Callable[[Told], InboundEvent]]] = {
    "messages": {"messages": of_message, "statuses": of_status},
    "smb_message_echoes": {"message_echoes": of_echo},
    "user_id_update": {"user_id_update": _new_ids},
}
_ACCOUNT = frozenset(
    (
        *("account_alerts", "account_review_update", "account_settings_update", "account_update"),
        *("automatic_events", "business_capability_update", "business_status_update", "calls"),
        *("business_username_update", "consumer_profile", "flows"),
        *("group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update"),
        *("history", "message_template_components_update", "message_template_quality_update"),
        *("message_template_status_update", "partner_solutions", "payment_configuration_update"),
        *("phone_number_name_update", "phone_number_quality_update", "security", "smb_app_state_sync"),
        *("template_category_update", "template_correct_category_detection", "tracking_events", "user_preferences"),
    )
)
_OTHERS = frozenset(("message_echoes", "messaging_handovers", "standby"))
"""Where another sender of the same number, such as Meta's own agent, has the conversation."""
_KNOWN = {"about the account": _ACCOUNT, "another sender's conversation": _OTHERS}
