"""A visitor's key to the conversation: a random token that only their browser has. We keep its hash."""

from __future__ import annotations

import hashlib
import secrets

from bot.channels.webchat import key_of
from bot.domain.conversation import Conversation
from bot.errors import RequestRejected
from bot.storage import visitors
from bot.storage.store import Store

TOKEN_BYTES = 32
MAX_TOKEN = 128


async def begin(store: Store, language: str | None) -> tuple[str, str]:
    """Open a conversation; returns (token, the conversation's public name)."""
    token, chat = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_hex(16)
    await store.write(lambda connection: visitors.begin(connection, key_of(chat), hashed(token), language), intake=True)
    return token, chat


async def conversation_for(store: Store, token: str) -> Conversation:
    """The conversation that `token` opens; raises RequestRejected(401) if it opens none."""
    found = None
    if 0 < len(token) <= MAX_TOKEN and token.isascii():
        found = await store.read(lambda connection: visitors.conversation_of(connection, hashed(token)))
    if found is None:
        raise RequestRejected("this conversation does not exist any more; begin a new one", status=401)
    return found


def hashed(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
