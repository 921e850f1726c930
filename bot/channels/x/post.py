"""A post as X tells of it, in one shape: the Account Activity API has the tweet of API 1.1, the X Activity API that of API 2.

https://docs.x.com/x-api/account-activity/introduction and https://docs.x.com/x-api/activity/event-payloads
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.channels.fields import Json, integer, label, mapping, mappings, string
from bot.channels.x.delivery import ident, moment, name_of, needed_ident, person
from bot.channels.x.media import source_of
from bot.channels.x.wording import links_in
from bot.domain.message import Attachment

_KINDS = {"photo": "photo", "video": "video", "animated_gif": "video"}


@dataclass(frozen=True)
class Mention:
    """A name in a post: whose, and the character it begins at."""

    id: str
    handle: str
    start: int


@dataclass(frozen=True)
class Post:
    """What a post says and to whom.

    `visible_from`: the names before this character were put there by X, to say whom it answers. `first_id`: the post it is an edited version of, else its
    own id. `conversation`: the post that began the thread, empty where X does not say. `hidden`: links that X added, to media and to a quoted post.
    """

    id: str
    author: str
    author_name: str
    text: str
    first_id: str
    reply_to: str
    quoted: str
    repost: bool
    conversation: str
    visible_from: int
    mentions: tuple[Mention, ...]
    links: dict[str, str]
    hidden: frozenset[str]
    attachments: tuple[Attachment, ...]
    at: datetime | None

    def mentions_openly(self, account: str) -> bool:
        """Whether its author wrote the name of `account`, rather than X for them."""
        return any(one.id == account and one.start >= self.visible_from for one in self.mentions)


def read_tweet(tweet: Json) -> Post:
    """A tweet of API 1.1. Of a long one the whole is in `extended_tweet`. Raises Malformed without id or author."""
    user, long = mapping(tweet, "user"), mapping(tweet, "extended_tweet")
    whole = long or tweet
    entities, media = mapping(whole, "entities"), mappings(mapping(whole, "extended_entities"), "media")
    edits = mapping(tweet, "edit_history")
    quoted = mapping(tweet, "quoted_status")
    post_id = needed_ident(tweet, "id_str", "id")
    hidden = {string(one, "url") for one in media} | {string(mapping(tweet, "quoted_status_permalink"), "url")}
    return Post(
        id=post_id,
        author=needed_ident(user, "id_str", "id"),
        author_name=name_of(user),
        text=string(long, "full_text") or string(tweet, "full_text") or string(tweet, "text"),
        first_id=ident(edits, "initial_tweet_id") or post_id,
        reply_to=ident(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id"),
        quoted=ident(mapping(quoted, "user"), "id_str", "id"),
        repost=bool(mapping(tweet, "retweeted_status")),
        conversation=ident(tweet, "conversation_id_str", "conversation_id"),
        visible_from=_visible_from(whole),
        mentions=tuple(
            Mention(ident(one, "id_str", "id"), label(one, "screen_name", 64), _first_index(one))
            for one in mappings(entities, "user_mentions")
        ),
        links=links_in(entities),
        hidden=frozenset(hidden),
        attachments=tuple(_file(one, "id_str", "media_url_https") for one in media),
        at=moment(tweet, "timestamp_ms", "created_at"),
    )


def read_post(post: Json, includes: Json) -> Post:
    """A post of API 2, `includes` holding the people, posts and media it names. Raises Malformed without id or author."""
    entities, author = mapping(post, "entities"), needed_ident(post, "author_id")
    post_id = needed_ident(post, "id")
    history = post.get("edit_history_tweet_ids")
    first = ident({"id": history[0]}, "id") if isinstance(history, list) and history else ""
    related = {string(one, "type"): ident(one, "id") for one in mappings(post, "referenced_tweets")}
    wanted = mapping(post, "attachments").get("media_keys")
    wanted = wanted if isinstance(wanted, list) else []
    return Post(
        id=post_id,
        author=author,
        author_name=name_of(_included(includes, "users", author)),
        text=string(mapping(post, "note_tweet"), "text") or string(post, "text"),
        first_id=first or post_id,
        reply_to=ident(post, "in_reply_to_user_id"),
        quoted=ident(_included(includes, "tweets", related.get("quoted", "")), "author_id"),
        repost="retweeted" in related,
        conversation=ident(post, "conversation_id"),
        visible_from=_visible_from(post),
        mentions=tuple(
            Mention(ident(one, "id"), label(one, "username", 64), integer(one, "start") or 0)
            for one in mappings(entities, "mentions")
        ),
        links=links_in(entities),
        hidden=frozenset(_added_links(entities, related.get("quoted", ""))),
        attachments=tuple(
            _file(one, "media_key", "url") for one in mappings(includes, "media") if one.get("media_key") in wanted
        ),
        at=moment(post, "created_at"),
    )


def _added_links(entities: Json, quoted: str) -> set[str]:
    """The links that X put behind the words: to media, and to the quoted post."""
    return {
        string(one, "url")
        for one in mappings(entities, "urls")
        if string(one, "media_key") or (quoted and string(one, "expanded_url").endswith(f"/status/{quoted}"))
    }


def _included(includes: Json, kind: str, wanted: str) -> Json:
    for one in mappings(includes, kind):
        found = person({"one": one}, "one")
        if wanted and ident(found, "id") == wanted:
            return found
    return {}


def _file(media: Json, id_name: str, url_name: str) -> Attachment:
    kind = _KINDS.get(string(media, "type"), "other")
    reference = label(media, id_name, 128) or label(media, url_name, 512)
    return Attachment(kind, reference=reference, source=source_of(media, url_name))


def _visible_from(whole: Json) -> int:
    return _first_index({"indices": whole.get("display_text_range")})


def _first_index(entity: Json) -> int:
    indices = entity.get("indices")
    found = integer({"first": indices[0]}, "first") if isinstance(indices, list) and indices else None
    return found or 0
