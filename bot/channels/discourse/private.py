"""Asks for private messages to us.

Webhooks tell of all private messages of a site, and not to whom they are: those are left unread. What an account may read it can ask for
(`private_posts` in https://github.com/discourse/discourse/blob/main/lib/latest_posts_query.rb).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from bot.channels.base import Accept
from bot.channels.calls import Answer
from bot.channels.discourse.parsing import CHANNEL, Forum, parse_private
from bot.channels.discourse.refusals import delivery_error
from bot.channels.fields import Json, integer, mappings
from bot.channels.pacing import Sleep
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.errors import DeliveryError

_log = logging.getLogger(__name__)

EVERY = 10.0  # seconds; six of the sixty requests a minute
AFTER_FAILURE = 30.0  # seconds
OWN_FAULT_WAIT = 2.0  # seconds until a database of our own is asked again
LATE = 50  # a post may come to be seen after one with a higher number: so many numbers are looked at again
PAGE = 50  # posts
MOST_PAGES = 40  # after an outage


class Ask(Protocol):
    """Asks the forum as the bot's account."""

    def __call__(self, method: str, path: str, *, query: dict[str, str] | None = None) -> Awaitable[Answer]:
        """The forum's answer."""


class PrivatePosts:
    """One account's private messages. Its progress is the highest number seen (`post`), and where it began (`first`)."""

    def __init__(self, ask: Ask, who: Callable[[], Awaitable[Json]], forum: Forum, *, sleep: Sleep) -> None:
        self._ask = ask
        self._who = who
        self._forum = forum
        self._sleep = sleep
        self._known: set[int] = set()

    async def run(self, progress: dict[str, Any], accept: Accept) -> None:
        """Ask until cancelled, from behind `progress`; what was there at the very first start is left alone.

        Raises DeliveryError (permanent) where we are refused, and for an administrator, who would be shown everybody's.
        """
        begun, allowed = dict(progress), False
        while True:
            try:
                allowed = allowed or await self._is_allowed()
                begun = await (self._look(begun, accept) if "post" in begun else self._begin(accept))
            except DeliveryError as error:
                if error.permanent:
                    raise
                _log.warning("cannot ask for private messages, trying again: %s", error.reason)
                await self._sleep(error.retry_after or AFTER_FAILURE)
            else:
                await self._sleep(EVERY)

    async def _is_allowed(self) -> bool:
        if (await self._who()).get("admin") is True:
            reason = "the bot is an administrator and would be shown everybody's private messages: take that right away"
            raise DeliveryError(reason, permanent=True)
        return True

    async def _begin(self, accept: Accept) -> dict[str, Any]:
        latest = max((_number(post) for post in await self._page(None)), default=0)
        begun = {"post": latest, "first": latest}
        key = ConversationKey(CHANNEL, self._forum.account, "")
        reason = "private messages are read from here on"
        await self._commit([InboundEvent(key, f"first:{latest}", EventKind.IGNORED, reason=reason)], begun, accept)
        return begun

    async def _look(self, begun: dict[str, Any], accept: Accept) -> dict[str, Any]:
        latest, first = integer(begun, "post") or 0, integer(begun, "first") or 0
        posts = await self._behind(max(first, latest - LATE))
        if not posts:
            return begun
        begun = {"post": max(latest, *map(_number, posts)), "first": first}
        await self._commit([parse_private(post, self._forum) for post in posts], begun, accept)
        self._known = {number for number in (*self._known, *map(_number, posts)) if number > begun["post"] - LATE}
        return begun

    async def _behind(self, floor: int) -> list[Json]:
        """What we have not seen with higher numbers than `floor`, in their order."""
        found: list[Json] = []
        before = None
        for _ in range(MOST_PAGES):
            page = await self._page(before)
            found += [post for post in page if _number(post) > floor and _number(post) not in self._known]
            before = min(map(_number, page), default=0)
            if before <= floor or len(page) < PAGE:
                break
        return sorted(found, key=_number)

    async def _page(self, before: int | None) -> list[Json]:
        query = {} if before is None else {"before": str(before)}
        answer = await self._ask("GET", "/private-posts.json", query=query)
        if not answer.good:
            raise delivery_error(answer)
        return mappings(answer.body, "private_posts")

    async def _commit(self, events: Sequence[InboundEvent], begun: dict[str, Any], accept: Accept) -> None:
        while True:
            try:
                return await accept(events, begun)
            except Exception as error:  # whatever storage has: the forum keeps the posts, and we have to live on
                # The text of the error may quote what customers wrote.
                _log.error("%d private posts could not be stored, trying again: %s", len(events), type(error).__name__)
                await self._sleep(OWN_FAULT_WAIT)


def _number(post: Json) -> int:
    return integer(post, "id") or 0
