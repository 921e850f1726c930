"""A chat that a vendor calls by several ids is one conversation, and nobody gets into another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.storage import intake
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import chat_name, conversation

PHONE, NEW_PHONE = "491511111111", "491522222222"
ZOE, BEN, NEW_ZOE = "DE.111", "DE.222", "DE.333"

Write = Callable[..., int | None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


@pytest.fixture
def write(store: Store) -> Write:
    """A customer writes, known by these names; returns the conversation."""
    numbers = count()

    def write(*names: str, **more: Any) -> int | None:
        number = str(next(numbers))
        key = ConversationKey("whatsapp", "106", names[0])
        event = InboundEvent(key, number, **{"kind": EventKind.MESSAGE, "message_id": number, "names": names, **more})
        [accepted] = store.submit(lambda connection: intake.accept(connection, [event])).result()
        return accepted.conversation_id

    return write


def chats(store: Store) -> list[str]:
    return store.read_now(
        lambda connection: list(connection.execute(select(conversation.c.chat).order_by(conversation.c.id)).scalars())
    )


def test_whoever_was_known_by_phone_stays_the_same_when_the_user_id_comes(store: Store, write: Write) -> None:
    assert write(PHONE) == write(ZOE, PHONE) == write(ZOE) == write(PHONE) == 1
    assert chats(store) == [ZOE]


def test_whoever_came_with_both_is_known_by_either(store: Store, write: Write) -> None:
    assert write(ZOE, PHONE) == write(PHONE) == write(ZOE) == 1
    assert chats(store) == [ZOE]


def test_a_number_that_somebody_else_has_now_leads_to_them(write: Write) -> None:
    assert write(ZOE, PHONE) == 1
    assert write(BEN, PHONE) == 2
    assert write(PHONE) == 2
    assert write(ZOE) == 1


def test_two_conversations_that_turn_out_to_be_one_chat_are_not_mixed(store: Store, write: Write) -> None:
    assert (write(PHONE), write(ZOE)) == (1, 2)
    assert write(ZOE, PHONE) == 2
    assert chats(store) == [PHONE, ZOE]
    assert write(PHONE) == write(ZOE) == 2  # the later one goes on


@pytest.mark.parametrize("formerly", [ZOE, PHONE])
def test_a_chat_with_new_ids_goes_on_and_its_old_number_is_free(store: Store, write: Write, formerly: str) -> None:
    assert write(ZOE, PHONE) == 1
    assert write(NEW_ZOE, NEW_PHONE, kind=EventKind.IGNORED, reason="new number", formerly=formerly) is None
    assert write(NEW_ZOE) == write(NEW_PHONE) == 1
    assert write(PHONE) == 2
    assert chats(store)[0] == NEW_ZOE


def test_new_ids_that_are_known_already_take_nobody_over(write: Write) -> None:
    assert (write(ZOE), write(BEN)) == (1, 2)
    write(BEN, kind=EventKind.IGNORED, reason="new number", formerly=ZOE)
    assert (write(ZOE), write(BEN)) == (1, 2)


def test_new_ids_of_somebody_unknown_make_no_conversation(store: Store, write: Write) -> None:
    write(NEW_ZOE, kind=EventKind.IGNORED, reason="new number", formerly=ZOE)
    assert chats(store) == []


def test_another_account_of_ours_knows_nothing_of_it(store: Store, write: Write) -> None:
    def elsewhere(connection: Connection) -> int | None:
        key = ConversationKey("whatsapp", "107", PHONE)
        event = InboundEvent(key, "1", EventKind.MESSAGE, "1", "hallo", names=(PHONE,))
        return intake.accept(connection, [event])[0].conversation_id

    assert write(ZOE, PHONE) == 1
    assert store.submit(elsewhere).result() == 2


def test_both_names_in_one_batch_are_one_conversation(store: Store) -> None:
    def both(connection: Connection) -> set[int | None]:
        events = [
            InboundEvent(
                ConversationKey("whatsapp", "106", names[0]), f"e{number}", EventKind.MESSAGE, f"m{number}", names=names
            )
            for number, names in enumerate([(PHONE,), (ZOE, PHONE), (PHONE,), (ZOE,)])
        ]
        return {accepted.conversation_id for accepted in intake.accept(connection, events)}

    assert store.submit(both).result() == {1}
    assert store.read_now(lambda connection: connection.execute(select(chat_name.c.name)).scalars().all()) == [PHONE]
