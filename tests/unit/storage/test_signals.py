"""What channels tell besides messages, where others talk as well: who is heard, whom a colleague speaks to, what a change changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.storage import intake
from bot.storage.intake import NOT_TO_US, Accepted
from bot.storage.revisions import CHANGES_NOTHING
from bot.storage.schema import upgrade
from bot.storage.signals import NO_CUSTOMER
from bot.storage.store import Store
from bot.storage.tables import conversation, event, message, reply


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


def told(number: int, kind: EventKind, chat: str = "zoe", thread: str = "70", **more: Any) -> InboundEvent:
    key = ConversationKey("discourse", "community.example", chat, thread)
    return InboundEvent(key, f"event-{number}", kind, **{"message_id": str(number)} | more)


def accept(store: Store, *events: InboundEvent) -> list[Accepted]:
    return store.submit(lambda connection: intake.accept(connection, events)).result()


def column(store: Store, wanted: Any) -> list[Any]:
    return store.read_now(lambda connection: list(connection.execute(select(wanted).order_by("id")).scalars()))


MESSAGE = EventKind.MESSAGE


def test_who_has_spoken_with_us_in_a_place_is_overheard_there_and_nobody_else(store: Store) -> None:
    accept(
        store,
        told(1, MESSAGE, text="Frage"),
        told(2, MESSAGE, text="und noch", overheard=True),
        told(3, MESSAGE, chat="ben", text="ich auch", overheard=True),
        told(4, MESSAGE, thread="71", text="woanders", overheard=True),
    )
    assert column(store, message.c.text) == ["Frage", "und noch"]
    assert column(store, event.c.kind) == ["message", "message", "ignored", "ignored"]
    assert column(store, event.c.reason) == ["", "", NOT_TO_US, NOT_TO_US]
    assert column(store, conversation.c.chat) == ["zoe"]


def test_what_was_overheard_in_vain_stays_so_when_it_is_told_again(store: Store) -> None:
    overheard = told(2, MESSAGE, text="und noch", overheard=True)
    assert not accept(store, overheard)[0].position
    accept(store, told(1, MESSAGE, text="Frage"))
    [again] = accept(store, overheard)
    assert (again.new, again.position) == (False, None)
    assert column(store, message.c.text) == ["Frage"]


def test_a_colleague_in_a_place_speaks_to_all_customers_there(store: Store) -> None:
    accept(
        store,
        told(1, MESSAGE, text="a"),
        told(2, MESSAGE, chat="ben", text="b"),
        told(3, MESSAGE, thread="71", text="c"),
        told(4, EventKind.TAKEN_OVER, chat="", text="Hier ist Marta."),
    )
    assert column(store, conversation.c.owner) == ["agent", "agent", "bot"]
    assert column(store, reply.c.text) == ["Hier ist Marta."] * 2
    accept(store, told(4, EventKind.TAKEN_OVER, chat="", text="Hier ist Marta."))
    assert column(store, reply.c.text) == ["Hier ist Marta."] * 2


def test_a_colleague_where_no_customer_is_makes_none(store: Store) -> None:
    accept(store, told(1, EventKind.TAKEN_OVER, chat="", text="Wartung am Sonntag."))
    assert column(store, conversation.c.id) == []
    assert column(store, event.c.reason) == [NO_CUSTOMER]


@pytest.mark.parametrize("kind", [EventKind.EDIT, EventKind.DELETE])
def test_a_change_of_what_was_not_said_to_us_makes_no_conversation(store: Store, kind: EventKind) -> None:
    accept(store, told(1, kind, text="geheim"))
    assert column(store, conversation.c.id) == []
    assert column(store, event.c.reason) == [CHANGES_NOTHING]


def test_a_change_that_names_no_thread_finds_its_message_in_whichever_of_the_chat(store: Store) -> None:
    accept(
        store,
        told(1, MESSAGE, thread="", text="oben"),
        told(2, MESSAGE, thread="$root", text="im Faden"),
        told(3, MESSAGE, chat="ben", thread="$other", text="bei Ben"),
    )
    for number, changed in enumerate((1, 2, 3), 10):
        accept(store, told(number, EventKind.EDIT, thread="", text=f"neu {changed}", message_id=str(changed)))
    assert column(store, message.c.text) == ["neu 1", "neu 2", "bei Ben"]


def test_a_change_that_names_a_thread_is_of_that_thread(store: Store) -> None:
    accept(store, told(1, MESSAGE, text="in 70"), told(2, MESSAGE, thread="71", text="in 71"))
    accept(store, told(3, EventKind.EDIT, thread="71", text="neu", message_id="1"))
    assert column(store, message.c.text) == ["in 70", "in 71"]
