"""Translates what Discourse tells into events of ours. Pure, and never raises: what cannot be read is kept as ignored.

Kinds: https://github.com/discourse/discourse/blob/main/config/initializers/012-web_hook_events.rb, and those of the plugin Solved;
fields: app/serializers/web_hook_post_serializer.rb there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.discourse.posts import answered, mentions, said, without_mention
from bot.channels.fields import Json, Malformed, integer, label, mapping, needed_integer, storable, string
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent

CHANNEL = "discourse"
REGULAR = 1  # Post.types in app/models/post.rb; others are moderators' notes, small actions and whispers
_ASKED = "private_post"  # what we call a post that we found ourselves; a webhook has told of it too, as post_created
PRIVATE = "private-"  # begins the thread of a topic that only its participants read


@dataclass(frozen=True)
class Forum:
    """One community as we see it: its `account` (the host), our `username`, whose posts are answered and whose are the company's.

    `categories` are ids and slugs, `staff_groups` names of groups, all in lower case.
    """

    account: str
    username: str
    categories: frozenset[str]
    staff_groups: frozenset[str] = frozenset()

    def is_us(self, username: str) -> bool:
        """Whether this is our own name; names know no case."""
        return username.lower() == self.username.lower()


def parse_event(name: str, body: Json, forum: Forum) -> InboundEvent:
    """The event that a webhook called `name` (X-Discourse-Event) is."""
    body = storable(body)
    reader = _READERS.get(name)
    if reader is None:
        key = ConversationKey(CHANNEL, forum.account, "")
        reason = f"unknown kind: {clean(name, 64) or 'nothing'}"
        kept = {"kind": clean(name, 64)}  # who signed in, say: nothing that we need
        return InboundEvent(key, _digest(name, body), EventKind.IGNORED, reason=reason, raw=kept)
    post = mapping(body, "post")
    try:
        return reader(_Delivery(forum, name, post, body), post)
    except Malformed:
        key = ConversationKey(CHANNEL, forum.account, "")
        return InboundEvent(key, _digest(name, body), EventKind.IGNORED, reason="malformed")


def parse_private(post: Json, forum: Forum) -> InboundEvent:
    """The event that a post is which we found in a private topic of ours."""
    post = storable(post) | {"topic_archetype": "private_message"}
    try:
        return _read_created(_Delivery(forum, _ASKED, post, {"post": post}), post)
    except Malformed:
        key = ConversationKey(CHANNEL, forum.account, "")
        return InboundEvent(key, _digest(_ASKED, post), EventKind.IGNORED, reason="malformed")


def is_private(key: ConversationKey) -> bool:
    """Whether only the participants read this conversation."""
    return key.thread.startswith(PRIVATE)


@dataclass(frozen=True)
class _Delivery:
    """A post on its way through, and as what it came."""

    forum: Forum
    name: str
    post: Json
    raw: Json

    @property
    def private(self) -> bool:
        return string(self.post, "topic_archetype") == "private_message"

    def event(self, kind: EventKind, chat: str, **rest: Any) -> InboundEvent:
        topic = needed_integer(self.post, "topic_id")
        key = ConversationKey(CHANNEL, self.forum.account, chat, f"{PRIVATE if self.private else ''}{topic}")
        number = str(needed_integer(self.post, "post_number"))
        made: dict[str, Any] = {"key": key, "event_id": self._id(), "kind": kind, "message_id": number, "raw": self.raw}
        return InboundEvent(**{**made, **rest})

    def ignored(self, reason: str) -> InboundEvent:
        return self.event(EventKind.IGNORED, self.author(), reason=reason, message_id="", raw=self.without_content())

    def author(self) -> str:
        return str(needed_integer(self.post, "user_id"))

    def without_content(self) -> Json:
        """What is kept of words that were not said to us: where, not what or who."""
        names = ("id", "topic_id", "post_number", "version", "category_id", "created_at")
        return {"post": {name: self.post[name] for name in names if name in self.post}}

    def _id(self) -> str:
        """The same at each attempt to tell us. Edits within minutes leave the version as it is, so the time belongs to it."""
        parts = [self.name, str(needed_integer(self.post, "id"))]
        if self.name not in ("post_created", _ASKED):
            parts += [str(integer(self.post, "version") or 0), label(self.post, "updated_at", 40)]
        return ":".join(parts)


def _refusal(delivery: _Delivery, post: Json) -> str:
    """Why a post is not for us, whatever it says; empty if it may be."""
    forum, user = delivery.forum, needed_integer(post, "user_id")
    if forum.is_us(string(post, "username")):
        return "our own"
    if delivery.private and delivery.name != _ASKED:
        return "private: we ask for those ourselves"
    if integer(post, "post_type") != REGULAR:
        return f"no post of a member: type {integer(post, 'post_type')}"
    if user <= 0:
        return "from Discourse itself"
    if post.get("hidden") is True:
        return "hidden by the community"
    places = {str(integer(post, "category_id")), label(post, "category_slug", 256).lower()}
    return "" if delivery.private or places & forum.categories else "not in a category of ours"


def _is_staff(post: Json, forum: Forum) -> bool:
    return post.get("staff") is True or label(post, "primary_group_name", 256).lower() in forum.staff_groups


def _read_created(delivery: _Delivery, post: Json) -> InboundEvent:
    if refusal := _refusal(delivery, post):
        return delivery.ignored(refusal)
    if _is_staff(post, delivery.forum):
        return _read_colleague(delivery, post)
    me, other = delivery.forum.username, answered(post)
    to_us = _to_us(delivery, post)
    if not to_us and other and other.lower() != string(post, "username").lower():
        return delivery.ignored("said to another member")
    text, attachments = said(post)
    text = without_mention(text, me)
    rest: dict[str, Any] = {"attachments": attachments, "raw": delivery.raw} | _told(post, "created_at")
    if not to_us:
        rest |= {"overheard": True, "raw": delivery.without_content()}
    if not text and not attachments:  # only our name: somebody looks for us
        return delivery.event(EventKind.BUTTON, delivery.author(), button=Button("help", label=f"@{me}"), **rest)
    return delivery.event(EventKind.MESSAGE, delivery.author(), text=text, **rest)


def _to_us(delivery: _Delivery, post: Json) -> bool:
    """What opens a topic, answers us or names us is said to us; so is all in a private topic of ours."""
    me = delivery.forum
    opens = integer(post, "post_number") == 1
    return opens or delivery.private or me.is_us(answered(post)) or mentions(string(post, "raw"), me.username)


def _read_colleague(delivery: _Delivery, post: Json) -> InboundEvent:
    if integer(post, "post_number") == 1:
        return delivery.ignored("a topic of the company")
    text, _ = said(post)
    return delivery.event(
        EventKind.TAKEN_OVER, "", text=text, raw=delivery.without_content(), **_told(post, "created_at")
    )


def _read_edited(delivery: _Delivery, post: Json) -> InboundEvent:
    if refusal := _refusal(delivery, post):
        return delivery.ignored(refusal)
    if _is_staff(post, delivery.forum):
        return delivery.ignored("a post of the company")
    text, _ = said(post)
    # Whether the message was ours to answer is known to the store alone, which leaves out edits of unknown messages.
    raw = delivery.raw if _to_us(delivery, post) else delivery.without_content()
    text = without_mention(text, delivery.forum.username)
    return delivery.event(EventKind.EDIT, delivery.author(), text=text, **_told(post, "updated_at") | {"raw": raw})


def _read_destroyed(delivery: _Delivery, post: Json) -> InboundEvent:
    refusal = _refusal(delivery, post) or ("a post of the company" if _is_staff(post, delivery.forum) else "")
    if refusal:
        return delivery.ignored(refusal)
    return delivery.event(EventKind.DELETE, delivery.author(), raw=delivery.without_content())


def _read_recovered(delivery: _Delivery, post: Json) -> InboundEvent:
    return delivery.ignored("a deleted post is back")


def _read_accepted(delivery: _Delivery, post: Json) -> InboundEvent:
    """Whose topic it is does not come along: all who speak with us there are told of."""
    ours = delivery.forum.is_us(string(post, "username"))
    rest: dict[str, Any] = {} if ours else {"message_id": ""}
    return delivery.event(EventKind.SOLVED, "", raw=delivery.without_content(), **rest)


def _read_unaccepted(delivery: _Delivery, post: Json) -> InboundEvent:
    return delivery.ignored("not solved any more")


def _told(post: Json, at: str) -> dict[str, Any]:
    name = label(post, "name", 256) or label(post, "username", 256)
    language = string(post, "locale")[:2].lower()
    return {
        "customer_name": name,
        "language": language if language in ("de", "en") else None,
        "sent_at": _instant(string(post, at)),
    }


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _digest(name: str, body: Json) -> str:
    content = json.dumps(body, sort_keys=True).encode()
    return f"{clean(name, 64)}:{hashlib.sha256(content).hexdigest()[:32]}"


_READERS: dict[str, Callable[[_Delivery, Json], InboundEvent]] = {
    "post_created": _read_created,
    "post_edited": _read_edited,
    "post_destroyed": _read_destroyed,
    "post_recovered": _read_recovered,
    "accepted_solution": _read_accepted,
    "unaccepted_solution": _read_unaccepted,
}
