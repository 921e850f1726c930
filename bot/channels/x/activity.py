"""Translates what X calls us with into events of ours. Pure, and never raises: what cannot be read is kept as ignored.

Two services of X deliver, and an operator may have either: the Account Activity API, whose bodies have lists of events by kind, and the X Activity API,
whose bodies have one event in an envelope. What both tell of has the same id by both, and so counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.channels.cleaning import clean
from bot.channels.fields import Json, Malformed, label, mapping, mappings, storable, string
from bot.channels.x.delivery import DIRECT, POSTS, Delivery, fingerprint, ident, marked, needed_ident
from bot.channels.x.message_events import of_block, of_message, of_reading, of_typing
from bot.channels.x.post import read_post, read_tweet
from bot.channels.x.post_events import of_deletion, of_post
from bot.domain.message import InboundEvent

_AROUND = {"for_user_id", "user_has_blocked", "users", "apps"}
_OF_DIRECT = ("direct_message_", "block", "unblock", "dm.", "chat.")


@dataclass(frozen=True)
class _Told:
    """One event: its kind, the thing itself, and what stands around it (people, posts). `whose`: the account X tells it to."""

    kind: str
    item: Json
    around: Json
    whose: str
    delivery: Delivery


def parse_activity(body: Json, account: str, app_id: str = "") -> list[InboundEvent]:
    """The events in a decoded `body`; kinds that nobody serves, and what is broken, become IGNORED events with a reason."""
    body = storable(body)
    nobody = Delivery(account, POSTS, fingerprint(body), body, app_id)
    envelope = mapping(body, "data")
    told = _in_envelope(envelope, nobody) if string(envelope, "event_type") else _in_lists(body, nobody)
    return [_event(one) for one in told] or [nobody.ignored("unknown kind: nothing")]


def _event(told: _Told) -> InboundEvent:
    if told.whose and told.whose != told.delivery.account:
        return told.delivery.ignored("for another account", raw={"kind": told.kind})
    reader = _READERS.get(told.kind)
    if reader is None:
        return told.delivery.ignored(f"unknown kind: {clean(told.kind, 64)}")
    try:
        return reader(told)
    except Malformed:
        return told.delivery.ignored("malformed")


def _in_lists(body: Json, nobody: Delivery) -> Iterator[_Told]:
    """What a body of the Account Activity API holds."""
    for kind in sorted(body.keys() - _AROUND):
        for item in mappings(body, kind) or [mapping(body, kind)]:
            raw = {"for_user_id": body.get("for_user_id"), kind: [item]}
            delivery = replace(nobody, channel=_channel_of(kind), id=fingerprint(raw), raw=raw)
            yield _Told(kind, item, body, ident(body, "for_user_id"), delivery)


def _in_envelope(envelope: Json, nobody: Delivery) -> Iterator[_Told]:
    """The one event of the X Activity API. About direct messages it holds what the Account Activity API would have sent."""
    kind, payload = string(envelope, "event_type"), mapping(envelope, "payload")
    name = f"{clean(kind, 64)}:{label(envelope, 'event_uuid', 64) or nobody.id}"
    delivery = replace(nobody, channel=_channel_of(kind), id=name)
    whose = ident(mapping(envelope, "filter"), "user_id")
    inner = next((key for key in sorted(payload) if key in _READERS), "") if kind.startswith("dm.") else ""
    for item in mappings(payload, inner) if inner else [payload]:
        yield _Told(inner or kind, item, payload if inner else mapping(envelope, "includes"), whose, delivery)


def _channel_of(kind: str) -> str:
    return DIRECT if kind.startswith(_OF_DIRECT) else POSTS


def _tweet(told: _Told) -> InboundEvent:
    if marked(told.around, "user_has_blocked"):
        blocked = replace(told.delivery, id=f"post:{needed_ident(told.item, 'id_str', 'id')}", raw={})
        return blocked.ignored("from an account that we have blocked")
    return of_post(read_tweet(told.item), told.delivery)


def _encrypted(told: _Told) -> InboundEvent:
    kept = {"event_type": told.kind, "id": label(told.item, "id", 64)}
    return told.delivery.ignored("an encrypted chat: X hands over ciphertext only", raw=kept)


def _because(reason: str) -> Callable[[_Told], InboundEvent]:
    return lambda told: told.delivery.ignored(reason, raw={"kind": told.kind})  # who likes or follows us is not kept


_WITHDRAWN = _because("the account has withdrawn the app's access: give it again and set the new tokens")

_READERS: dict[str, Callable[[_Told], InboundEvent]] = {
    "tweet_create_events": _tweet,
    "tweet_delete_events": lambda told: of_deletion(mapping(told.item, "status"), told.delivery),
    "direct_message_events": lambda told: of_message(told.item, mapping(told.around, "users"), told.delivery),
    "direct_message_mark_read_events": lambda told: of_reading(told.item, told.delivery),
    "direct_message_indicate_typing_events": lambda told: of_typing(told.item, told.delivery),
    "block_events": lambda told: of_block(told.item, told.delivery),
    "unblock_events": lambda told: of_block({**told.item, "type": "unblock"}, told.delivery),
    "favorite_events": _because("a like"),
    "follow_events": _because("a follow, or its end"),
    "unfollow_events": _because("a follow, or its end"),
    "mute_events": _because("a mute, or its end"),
    "unmute_events": _because("a mute, or its end"),
    "user_event": _WITHDRAWN,
    "replay_job_status": _because("a replay has ended"),
    "post.create": lambda told: of_post(read_post(told.item, told.around), told.delivery),
    "post.mention.create": lambda told: of_post(read_post(told.item, told.around), told.delivery),
    "post.delete": lambda told: of_deletion(told.item, told.delivery),
    "block.block": lambda told: of_block({**told.item, "type": "block"}, told.delivery),
    "block.unblock": lambda told: of_block({**told.item, "type": "unblock"}, told.delivery),
    "like.create": _because("a like"),
    "follow.follow": _because("a follow, or its end"),
    "follow.unfollow": _because("a follow, or its end"),
    "mute.mute": _because("a mute, or its end"),
    "mute.unmute": _because("a mute, or its end"),
    "chat.received": _encrypted,
    "chat.sent": _encrypted,
    "chat.conversation_join": _encrypted,
    "oauth.revoke": _WITHDRAWN,
}
