"""Whether something said in a room of several is said to us, and what of it remains once our name is taken off.

In a room of two everything is. In others only a mention, an answer to us, or words that begin with our name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.fields import Json, mapping, string
from bot.channels.matrix.content import answered


@dataclass(frozen=True)
class Me:
    """Who the bot is: its Matrix id, as `@fernblick:example.org`, and the name members see (empty until the homeserver has been asked)."""

    account: str
    name: str = ""


@dataclass(frozen=True)
class Room:
    """A room as far as messages in it need to know: how many are in it or invited, and their names by their ids."""

    id: str
    members: int = 2
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        """Whether others read along."""
        return self.members > 2


def is_addressed(content: Json, me: Me) -> bool:
    """Whether a message in a room of several is meant for us.

    Clients name in `m.mentions` whom they mention and whom they answer (https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions);
    older ones have a link in the words, or before an answer the words of whom they answer.
    """
    if "m.mentions" in content:
        named = mapping(content, "m.mentions").get("user_ids")
        return isinstance(named, list) and me.account in named
    body = string(content, "body")
    if answered(content) and body.startswith((f"> <{me.account}>", f"> * <{me.account}>")):
        return True
    return f"https://matrix.to/#/{me.account}" in string(content, "formatted_body") or _name(me).match(body) is not None


def without_name(text: str, me: Me) -> str:
    """`text` without our name at its begin, which would only confuse the reading."""
    return _name(me).sub("", text, count=1).strip()


def _name(me: Me) -> re.Pattern[str]:
    names = re.escape(me.account) + (rf"|@?{re.escape(me.name)}" if me.name else "")
    return re.compile(rf"^\s*(?:{names})(?!\w|:\S)\s*[,:]?", re.IGNORECASE)
