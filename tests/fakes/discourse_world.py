"""The topics and posts of the fake Discourse, seen by its members."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

Json = dict[str, Any]

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MIN_POST, MAX_POST = 20, 32_000  # min_post_length, max_post_length
_BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        super().__init__(body)


@dataclass(frozen=True)
class Member:
    """Somebody with an account."""

    id: int
    username: str
    name: str = ""
    staff: bool = False
    group: str | None = None


BOT = Member(900, "fernblick_bot", "Fernblick-Assistent")
ZOE = Member(23, "zoe.mueller", "Zoë Müller")
BEN = Member(24, "ben", "Ben")
MARTA = Member(2, "marta", "Marta vom Team", staff=True)


@dataclass
class Topic:
    """A topic; with `readers` a private one."""

    id: int
    title: str
    category: tuple[int, str] | None
    readers: frozenset[int] = frozenset()
    closed: bool = False
    posts: list[Json] = field(default_factory=list)


def _refuse(*words: str) -> Refusal:
    return Refusal(422, {"action": "create_post", "errors": list(words)})


class World:
    """Topics, and the webhooks that wait. Tests drive it (`opens`, `answers`, `edits` …) and read what the bot posted (`of_bot`)."""

    def __init__(self) -> None:
        self.topics: dict[int, Topic] = {}
        self.uploads: dict[str, bytes] = {}
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.approval = False  # whether what the bot writes has to be approved first
        self.admin = False  # whether the bot is an administrator
        self._ids = count(501)
        self._minutes = count()

    def opens(self, member: Member, title: str, text: str, *, category: tuple[int, str] = (7, "hilfe")) -> Topic:
        """A member opens a topic."""
        topic = Topic(70 + len(self.topics), title, category)
        self.topics[topic.id] = topic
        self._add(topic, member, text, None)
        return topic

    def writes_to(self, member: Member, title: str, text: str, *readers: Member) -> Topic:
        """A member writes a private message."""
        everybody = frozenset(one.id for one in (member, *readers))
        topic = Topic(70 + len(self.topics), title, None, everybody)
        self.topics[topic.id] = topic
        self._add(topic, member, text, None)
        return topic

    def answers(self, member: Member, topic: Topic, text: str, *, to: int | None = None) -> Json:
        """A member posts into a topic, as an answer to the post with this number or to the topic."""
        return self._add(topic, member, text, to)

    def upload(self, content: bytes, ending: str) -> str:
        """A member uploads a file; returns the short address by which posts name it (`Upload#short_url`): its SHA-1 to the base 62."""
        number, digits = int(hashlib.sha1(content).hexdigest(), 16), ""
        while number:
            number, digit = divmod(number, 62)
            digits = _BASE62[digit] + digits
        self.uploads[f"{digits}.{ending}"] = content
        return f"upload://{digits}.{ending}"

    def edits(self, topic: Topic, number: int, text: str, *, in_grace: bool = False) -> None:
        """The author rewrites a post; within the grace period that makes no version."""
        post = self._post(topic, number)
        post |= {"raw": text, "version": post["version"] + (not in_grace), "updated_at": self._now()}
        self._tell("post_edited", post)

    def deletes(self, topic: Topic, number: int) -> None:
        """The author deletes a post."""
        post = self._post(topic, number)
        post |= {"deleted_at": self._now(), "updated_at": self._now()}
        self._tell("post_destroyed", post)

    def accepts(self, topic: Topic, number: int) -> None:
        """A post is marked as the solution."""
        self._tell("accepted_solution", self._post(topic, number) | {"accepted_answer": True})

    def of_bot(self, topic: Topic) -> list[Json]:
        """What the bot has posted into a topic."""
        return [post for post in topic.posts if post["user_id"] == BOT.id]

    def reply(self, member: Member, topic_id: int, text: str, *, to: int | None) -> Json:
        """A post by the API; raises Refusal as Discourse does."""
        topic = self.topics.get(topic_id)
        if topic is None or (topic.readers and member.id not in topic.readers):
            raise Refusal(404, {"errors": ["The requested URL or resource could not be found."]})
        if topic.closed:
            words = "Something has gone wrong. Perhaps this topic was closed or deleted while you were looking at it?"
            raise _refuse(words)
        if len(text.strip()) < MIN_POST:
            raise _refuse(f"Body is too short (minimum is {MIN_POST} characters)")
        if len(text) > MAX_POST:
            raise _refuse(f"Body is limited to {MAX_POST} characters; you entered {len(text)}.")
        if re.sub(r"\W", "", text) in [re.sub(r"\W", "", post["raw"]) for post in self.of_bot(topic)]:
            raise _refuse("Body is too similar to what you recently posted")
        if to is not None and to > len(topic.posts):
            raise _refuse("the post that is answered is not in this topic")
        if self.approval:
            return {"success": True, "action": "enqueued", "pending_count": 1}
        return self._add(topic, member, text, to)

    def private_posts(self, member: Member, *, before: int) -> list[Json]:
        """The newest fifty posts of private topics that a member may read, of an administrator all."""
        topics = [one for one in self.topics.values() if one.readers and (self.admin or member.id in one.readers)]
        posts = sorted(
            (post for topic in topics for post in topic.posts if post["id"] < before), key=lambda post: -post["id"]
        )
        return [{name: value for name, value in post.items() if name != "topic_archetype"} for post in posts[:50]]

    def _add(self, topic: Topic, member: Member, text: str, to: int | None) -> Json:
        number, at = len(topic.posts) + 1, self._now()
        post: Json = {
            "id": next(self._ids),
            "name": member.name,
            "username": member.username,
            "avatar_template": f"/letter_avatar_proxy/v4/letter/{member.username[0]}/{{size}}.png",
            "created_at": at,
            "cooked": "<p>…</p>",
            "post_number": number,
            "post_type": 1,
            "updated_at": at,
            "reply_count": 0,
            "reply_to_post_number": to,
            "topic_id": topic.id,
            "topic_slug": "thema",
            "topic_title": topic.title,
            "category_id": topic.category[0] if topic.category else None,
            "display_username": member.name,
            "primary_group_name": member.group,
            "version": 1,
            "raw": text,
            "moderator": member.staff,
            "admin": False,
            "staff": member.staff,
            "user_id": member.id,
            "hidden": False,
            "trust_level": 1,
            "deleted_at": None,
            "user_deleted": False,
            "wiki": False,
            "topic_posts_count": number,
            "topic_archetype": "private_message" if topic.readers else "regular",
        }
        if topic.category:
            post["category_slug"] = topic.category[1]
        if to is not None:
            answered = self._post(topic, to)
            post["reply_to_user"] = {"username": answered["username"], "name": answered["name"]}
        topic.posts.append(post)
        self._tell("post_created", post)
        return post

    def _post(self, topic: Topic, number: int) -> Json:
        return topic.posts[number - 1]

    def _tell(self, name: str, post: Json) -> None:
        self.waiting.append((name, json.dumps({"post": post}, ensure_ascii=False).encode()))

    def _now(self) -> str:
        at = _BEGIN + timedelta(minutes=next(self._minutes))
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
