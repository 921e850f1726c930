"""What a post, or its deletion, means to us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels.fields import Json
from bot.channels.x.delivery import Delivery, needed_ident
from bot.channels.x.post import Post
from bot.channels.x.wording import spoken
from bot.domain.message import Button, EventKind, InboundEvent


def of_post(post: Post, delivery: Delivery) -> InboundEvent:
    """A post that somebody wrote: to us, or as our account."""
    delivery = replace(delivery, id=f"post:{post.id}")  # the same by whichever of X's services it comes
    if post.repost:
        return delivery.ignored("a repost says nothing new", raw=_without_content(post))
    if post.author == delivery.account:
        return _own(post, delivery)
    if not _is_addressed(post, delivery.account):
        return delivery.ignored("not addressed to us", raw=_without_content(post))
    words = spoken(post.text, links=post.links, hidden=post.hidden, names=_handles(post))
    rest: dict[str, Any] = {"message_id": post.first_id, "customer_name": post.author_name, "sent_at": post.at}
    if post.first_id != post.id:
        return delivery.event(EventKind.EDIT, post.author, post.conversation, text=words, **rest)
    rest["attachments"] = post.attachments
    if not words and not post.attachments:  # only our name: somebody looks for us
        button = Button("help", label=f"@{_our_handle(post, delivery.account)}")
        return delivery.event(EventKind.BUTTON, post.author, post.conversation, button=button, **rest)
    return delivery.event(EventKind.MESSAGE, post.author, post.conversation, text=words, **rest)


def of_deletion(status: Json, delivery: Delivery) -> InboundEvent:
    """A post that is gone. Raises Malformed where X does not say whose."""
    author, post_id = needed_ident(status, "user_id", "author_id"), needed_ident(status, "id")
    delivery = replace(delivery, id=f"delete:{post_id}")
    if author == delivery.account:
        return delivery.ignored("a post of ours was deleted")
    return delivery.event(EventKind.DELETE, author, message_id=post_id)


def _own(post: Post, delivery: Delivery) -> InboundEvent:
    if not post.reply_to or post.reply_to == delivery.account:
        return delivery.ignored("our own post")
    words = spoken(post.text, links=post.links, hidden=post.hidden, names=_handles(post))
    kept = {"message_id": post.id, "text": words, "sent_at": post.at}
    return delivery.event(EventKind.TAKEN_OVER, post.reply_to, post.conversation, **kept)


def _is_addressed(post: Post, account: str) -> bool:
    """An answer to us, a post of ours quoted, or our name written by its author: not one that X carries along in others' threads."""
    return account in (post.reply_to, post.quoted) or post.mentions_openly(account)


def _handles(post: Post) -> set[str]:
    return {one.handle.lower() for one in post.mentions}


def _our_handle(post: Post, account: str) -> str:
    return next((one.handle for one in post.mentions if one.id == account), "")


def _without_content(post: Post) -> Json:
    """What is kept of words that were not said to us: that there were some, not whose or which."""
    return {"post": {"id": post.id, "conversation_id": post.conversation}}
