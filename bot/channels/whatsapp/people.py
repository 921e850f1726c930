"""Who a customer is: by their user id, by their phone number, or by both.

Meta knows a customer by a business-scoped user id, and tells the phone number only where it may:
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import re

from bot.channels.fields import Json, Malformed, label, mapping, mappings, string

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_PHONE = re.compile(r"[0-9]{4,20}")


def names_of(*told: str) -> tuple[str, ...]:
    """The ids among what was told, the lasting one (a user id) before the passing one (a phone number), at most one of each."""
    lasting = [one for one in told if is_user_id(one)]
    passing = [one for one in told if _PHONE.fullmatch(one)]
    return (*lasting[:1], *passing[:1])


def needed_names(*told: str) -> tuple[str, ...]:
    """The ids among what was told; raises Malformed without any."""
    names = names_of(*told)
    if not names:
        raise Malformed("from")
    return names


def is_user_id(name: str) -> bool:
    """Whether this is a user id rather than a phone number."""
    return _USER_ID.fullmatch(name) is not None


def is_known_form(name: str) -> bool:
    """Whether somebody can have this id at all."""
    return is_user_id(name) or _PHONE.fullmatch(name) is not None


def told_in(item: Json, *fields: str) -> list[str]:
    """What an item has in these fields, those that are texts."""
    return [string(item, field) for field in fields]


def contact_of(value: Json, told: list[str]) -> Json:
    """The contact that stands beside a message: the one with the sender's id, else the only one."""
    contacts = mappings(value, "contacts")
    for contact in contacts:
        if any(one and one in told for one in told_in(contact, "user_id", "wa_id", "parent_user_id")):
            return contact
    return contacts[0] if len(contacts) == 1 and not any(told) else {}


def name_in(contact: Json) -> str:
    """How the customer calls themselves: by their profile, else by their user name."""
    profile = mapping(contact, "profile")
    return label(profile, "name", 256) or label(profile, "username", 64)
