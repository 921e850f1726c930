"""A conversation of a thousand turns costs as much a turn as a new one: counted in SQLite's own instructions, which no other work of the machine changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, event, select

from bot.channels.directory import Directory
from bot.channels.webchat import WebChat
from bot.conversation.answering import Answering
from bot.conversation.carrying import Carrying
from bot.conversation.flow import Flow
from bot.conversation.public import PublicActing
from bot.conversation.waiting import Waiting
from bot.delivery.typing import Typing
from bot.knowledge.library import Library
from bot.parts import personal_of, wording_of
from bot.settings import Settings
from bot.storage import inbox, intake
from bot.storage.live import LocalLive
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import conversation
from bot.web.chat.views import look
from tests.contract.storage.customers import answered, inbox_of, said
from tests.reliability.small_house import Told

TURNS = 1000


said_on_web = partial(said, "chat", channel="web")


class Effort:
    """What SQLite does: instructions of its virtual machine (https://www.sqlite.org/c3ref/progress_handler.html), and statements."""

    def __init__(self, store: Store) -> None:
        self.instructions = self.statements = 0
        event.listen(store.engine, "connect", lambda connection, _: self._watch(connection))
        event.listen(store.engine, "before_cursor_execute", self._executes)

    def _watch(self, connection: object) -> None:
        cast(sqlite3.Connection, connection).set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self.instructions += 1
        return 0

    def _executes(self, *_: object) -> None:
        self.statements += 1


class House:
    """A front line whose every step is taken by hand, with one customer."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings.sql_url, reserve_bytes=0)
        upgrade(self.store.engine)
        self.store.close()  # what connects from now on is watched
        self.store = Store(settings.sql_url, reserve_bytes=0)
        self._effort = Effort(self.store)
        self._settings = settings
        self._inbox = inbox_of(self.store)
        library, wording = Library(self.store), wording_of(settings)
        answering, waiting = Answering(library, wording, settings), Waiting(wording, settings.hours)
        live = LocalLive()
        chat = WebChat(live)
        chat.account = "1"  # where `said` takes place
        channels = Directory([chat])
        personal = personal_of(settings)
        public = PublicActing(answering, waiting, wording, personal, channels, "")
        carrying = Carrying(wording, personal, channels)
        self._flow = Flow(
            self.store, live, Told(None), Typing(channels), answering, waiting, wording, channels, public, carrying
        )
        self._said = self._seen = 0

    async def turn(self) -> tuple[int, int]:
        """The customer says something, is answered, and sees it; returns the instructions and the statements that took."""
        before = self._effort.instructions, self._effort.statements
        self._said += 1
        [accepted] = await self._inbox.accept([said_on_web(self._said)])
        assert accepted.conversation_id is not None
        assert await self._inbox.backlog.takes_more_of(accepted.conversation_id)
        [taken] = await self.store.write(partial(inbox.take, limit=1))
        await self._flow.handle(taken)
        seen = await self.store.read(
            partial(look, conversation_id=accepted.conversation_id, after=self._seen, company=self._settings.company)
        )
        question, *replies = seen.items
        assert question["client_id"] == str(self._said)
        assert replies
        self._seen = seen.settled
        return self._effort.instructions - before[0], self._effort.statements - before[1]

    async def pass_over(self, turns: int) -> None:
        """So many turns, all at once."""

        def unit(connection: Connection) -> None:
            for number in range(self._said + 1, self._said + turns + 1):
                intake.accept(connection, [said_on_web(number)])
                [taken] = inbox.take(connection, 1)
                answered(taken.message)(connection)

        await self.store.write(unit)
        self._said += turns
        self._seen += 2 * turns

    async def memory(self) -> int:
        """How much is carried from turn to turn."""
        facts: Any = await self.store.read(lambda c: c.execute(select(conversation.c.facts)).scalar_one())
        return len(json.dumps(facts))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One, with a customer who has said hello."""
    made = House(Settings(home=tmp_path))
    for _ in range(3):
        await made.turn()
    yield made
    made.store.close()


async def test_a_turn_costs_the_same_however_long_the_conversation_is(house: House) -> None:
    remembered = await house.memory()
    effort = await house.turn()
    await house.pass_over(TURNS)
    assert await house.turn() == effort
    assert await house.memory() == remembered
