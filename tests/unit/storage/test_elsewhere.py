"""Words that go out in the company's name beside us: a person's silence the bot, our own that a vendor tells us of do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import intake, outbox
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import conversation, event
from bot.storage.tables import reply as replies

KEY = ConversationKey("x_direct", "4711", "2222")
WORDS = "Das geht **online** unter [Mein Vertrag](https://www.fernblick.example/vertrag). Geht es?"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


def say(connection: Connection) -> outbox.Started:
    """A customer has written, and our answer is on its way out."""
    intake.accept(connection, [InboundEvent(KEY, "1", EventKind.MESSAGE, "1", "hallo")])
    outbox.queue_reply(connection, 1, 0, Reply(ReplyKind.BOT, WORDS, markdown=True))
    [started] = outbox.start(connection, 1)
    return started


def told(connection: Connection, text: str, message_id: str = "900") -> str:
    """The vendor tells of words in our name; who has the word then."""
    intake.accept(connection, [InboundEvent(KEY, f"echo {message_id}", EventKind.TAKEN_OVER, message_id, text)])
    return str(connection.execute(select(conversation.c.owner)).scalar_one())


def test_our_words_are_ours_before_their_id_is_known(store: Store) -> None:
    def unit(connection: Connection) -> None:
        say(connection)
        plain = "Das geht online unter Mein Vertrag (https://www.fernblick.example/vertrag). Geht es?"
        assert told(connection, plain) == "bot"
        reason = select(event.c.reason).where(event.c.kind == "taken_over")
        assert connection.execute(reason).scalar_one() == "our own word"

    store.submit(unit).result()


def test_our_words_are_ours_by_their_id_afterwards(store: Store) -> None:
    def unit(connection: Connection) -> None:
        outbox.settle_send(connection, say(connection), ReplyState.SENT, vendor_id="900")
        assert told(connection, "in whatever form", "900") == "bot"
        assert told(connection, "Das geht online unter", "901") == "agent"

    store.submit(unit).result()


@pytest.mark.parametrize("text", ["Guten Tag, hier ist Anna.", "", "Das geht online nicht.", "Das", "👍"])
def test_a_person_who_speaks_while_we_are_sending_is_a_person(store: Store, text: str) -> None:
    def unit(connection: Connection) -> None:
        say(connection)
        assert told(connection, text) == "agent"
        said = connection.execute(select(replies.c.text).where(replies.c.kind == "agent")).scalars().all()
        assert said == ([text] if text else [])

    store.submit(unit).result()
