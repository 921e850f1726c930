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


POST = "post 1"


def commented(number: int, chat: str, text: str = "Geht das auch in Köln?") -> InboundEvent:
    """Somebody writes below a post."""
    key = ConversationKey("facebook", "4711", chat, POST)
    return InboundEvent(key, f"c{number}", EventKind.MESSAGE, f"c{number}", text)


def answered(number: int, below: str, text: str) -> InboundEvent:
    """Something is written in our name below a comment."""
    key = ConversationKey("facebook", "4711", "", POST)
    return InboundEvent(key, f"c{number}", EventKind.TAKEN_OVER, f"c{number}", text, answers=below)


def owners(connection: Connection) -> dict[str, str]:
    return dict(connection.execute(select(conversation.c.chat, conversation.c.owner)).all())


def reasons(connection: Connection) -> list[str]:
    return [reason for (reason,) in connection.execute(select(event.c.reason).order_by(event.c.id)) if reason]


def test_who_answers_in_public_speaks_to_the_author_of_the_comment_alone(store: Store) -> None:
    def unit(connection: Connection) -> None:
        intake.accept(connection, [commented(1, "zoe"), commented(2, "lukasz")])
        twice = [answered(3, "c1", "Ja, auch dort."), answered(3, "c1", "Ja, auch dort.")]
        intake.accept(connection, twice)
        assert owners(connection) == {"zoe": "agent", "lukasz": "bot"}
        assert connection.execute(select(replies.c.text)).scalars().all() == ["Ja, auch dort."]
        assert reasons(connection) == []

    store.submit(unit).result()


def test_our_own_comment_is_ours_whosever_it_seems_to_answer(store: Store) -> None:
    def unit(connection: Connection) -> None:
        intake.accept(connection, [commented(1, "zoe"), commented(2, "lukasz")])
        outbox.queue_reply(connection, 2, 0, Reply(ReplyKind.BOT, WORDS, markdown=True))
        [started] = outbox.start(connection, 1)
        intake.accept(connection, [answered(3, "c1", WORDS.replace("*", ""))])
        outbox.settle_send(connection, started, ReplyState.SENT, vendor_id="c4")
        intake.accept(connection, [answered(4, "c1", WORDS.replace("*", ""))])
        assert owners(connection) == {"zoe": "bot", "lukasz": "bot"}
        assert reasons(connection) == ["our own word", "our own word"]

    store.submit(unit).result()


def test_who_goes_on_below_our_answer_speaks_to_whom_we_gave_it(store: Store) -> None:
    def unit(connection: Connection) -> None:
        intake.accept(connection, [commented(1, "zoe"), commented(2, "lukasz")])
        outbox.queue_reply(connection, 2, 0, Reply(ReplyKind.BOT, WORDS))
        [started] = outbox.start(connection, 1)
        outbox.settle_send(connection, started, ReplyState.SENT, vendor_id="c3")
        intake.accept(connection, [answered(4, "c3", "Und wenn nicht, melden Sie sich.")])
        assert owners(connection) == {"zoe": "bot", "lukasz": "agent"}

    store.submit(unit).result()


def test_what_is_said_to_somebody_else_takes_nothing_over(store: Store) -> None:
    def unit(connection: Connection) -> None:
        intake.accept(connection, [commented(1, "zoe"), answered(2, "c99", "Gern geschehen")])
        assert owners(connection) == {"zoe": "bot"}
        assert reasons(connection) == ["answers nobody who wrote to us"]

    store.submit(unit).result()
