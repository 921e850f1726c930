"""A store, a post office and a Dovecot, and the channel between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.mail import MailChannel
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.settings import Company, Mail
from bot.settings.mail import Imap, Smtp
from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.post import LOGIN, LOOPBACK, PASSWORD, Dovecot, Post, dovecot, post_office

ADDRESS = "service@fernblick.example"
SECRET = SecretStr("for-tests-only-and-never-elsewhere")
CUSTOMER = "anna@example.org"

Say = Callable[..., Outgoing]
MakeChannel = Callable[..., MailChannel]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with post_office() as running:
        yield running


@pytest.fixture(scope="session")
def imap_server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def mailbox(imap_server: Dovecot) -> Dovecot:
    """The account, without any mails."""
    imap_server.empty()
    return imap_server


def smtp(port: int, **more: Any) -> Smtp:
    """Our settings for a server on this machine."""
    return Smtp(**{"host": LOOPBACK, "port": port, "security": "none", **more})


def imap(port: int, **more: Any) -> Imap:
    """Our settings for a Dovecot on this machine."""
    return Imap(host=LOOPBACK, port=port, security="none", login=LOGIN, password=SecretStr(PASSWORD), **more)


@pytest.fixture
def make_channel(post: Post) -> MakeChannel:
    """A channel that sends to the post office; `more` are settings of [mail]."""

    def make(**more: Any) -> MailChannel:
        settings = {"address": ADDRESS, "secret": SECRET, "smtp": smtp(post.port), **more}
        return MailChannel(Mail(**settings), Company(name="Fernblick", address="sie"))

    return make


@pytest.fixture
def channel(make_channel: MakeChannel) -> MailChannel:
    return make_channel()


@pytest.fixture
def say(channel: MailChannel) -> Say:
    """A reply in Anna's conversation."""

    def make(text: str = "Guten Tag.", number: int = 17, chat: str = CUSTOMER, **more: Any) -> Outgoing:
        of_reply = {
            name: more.pop(name) for name in ("kind", "markdown", "buttons", "source", "language") if name in more
        }
        key = ConversationKey("mail", ADDRESS, chat, channel.identity.references.derived("anna"))
        reply = Reply(**{"kind": ReplyKind.BOT, "text": text, "markdown": True, **of_reply})
        return Outgoing(number, key, reply, **more)

    return make
