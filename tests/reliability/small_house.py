"""The product's own middle and doors with a brain that is told what to think, no content and an agent who never rests: quick to start."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot import assembly
from bot.assembly import Core
from bot.domain.handoff import CaseState
from bot.domain.reading import Act, Reading, Turn, TurnResult
from bot.doorways import build_doorways
from bot.errors import RequestRejected, StorageConflict
from bot.handoff.desk import Desk
from bot.rates import Claim, LocalRates
from bot.settings import Settings
from bot.storage.store import Store
from bot.storage.tables import message, reply
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.fakes.telegram import TOKEN

HUMAN, UNCLEAR, SLOWLY = "Mensch", "unklar", "langsam"  # words in a message that the brain knows
ARRIVED, AGAIN = (
    "kam an",
    "noch einmal",
)  # words by which the agent settles what is uncertain in a conversation that begins with them
ANNA = 1  # the agent's id
PUBLIC = "https://bot.example"
SECRET = "s3cret_of-the-webhook"


class Unlimited(LocalRates):
    """Nobody has to wait for a rate."""

    async def take(self, *claims: Claim) -> float:
        """Granted."""
        return 0.0


class Told:
    """A brain in place of the local one."""

    store: Store  # of this process

    def __init__(self, _folder: object) -> None: ...

    def wake(self) -> None:
        """There is nothing to load."""

    def look(self) -> None:
        """And nothing to follow."""

    def search(self, _text: str, _language: str) -> tuple[str, ...]:
        """Nor to find."""
        return ()

    async def turn(self, turn: Turn) -> TurnResult:
        """A person who is asked for is called; what is unclear is asked again; whoever writes slowly is given time to edit."""
        text = turn.text or ""
        while SLOWLY in text and turn.message_id.endswith(".0") and not await self._edited(turn.message_id):
            await asyncio.sleep(0.01)
        if HUMAN in text or (turn.button and turn.button[0] == "human"):
            act = Act("handoff", {"reason": "asked"})
        else:
            act = Act("rephrase") if UNCLEAR in text else Act("small_talk", {"intent": "greet"})
        return TurnResult(None, (act,), "local")

    async def read(self, _text: str, _context: dict[str, Any]) -> Reading:
        """What an agent is shown."""
        urgency = {"level": "normal", "reason": None}
        return Reading.from_dict({"language": "de", "intent": "question", "urgency": urgency})

    async def _edited(self, message_id: str) -> bool:
        edits = select(message.c.revision).where(message.c.id == int(message_id.partition(".")[0]))
        return bool(await self.store.read(lambda connection: connection.execute(edits).scalar_one()))


class Anna:
    """An agent who takes every case, answers once, ends it, and settles what is uncertain: each act again until it is done."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self._desk = desk
        self._store = store

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(StorageConflict, RequestRejected):  # it is done already
                await self._look()
            await asyncio.sleep(0.1)

    async def _look(self) -> None:
        for doubt in await self._desk.uncertain():
            opening = await self._opening(doubt.conversation_id)
            for word, settle in ((ARRIVED, self._desk.it_arrived), (AGAIN, self._desk.send_again)):
                if opening.startswith(word):
                    await settle(doubt.id, ANNA, doubt.at)
        for case in (await self._desk.queue())[0]:
            if case.state is CaseState.WAITING and await self._quiet(case.conversation_id):
                await self._desk.claim(case.id, ANNA)
            if case.state is CaseState.CLAIMED:
                await self._desk.reply(case.id, ANNA, "Anna", "Guten Tag, hier ist Anna.", f"anna-{case.id}")
                await self._desk.resolve(case.id, ANNA)

    async def _quiet(self, conversation_id: int) -> bool:
        waiting = select(reply.c.id).where(
            reply.c.conversation_id == conversation_id, reply.c.state.in_(("queued", "sending"))
        )
        return await self._store.read(lambda connection: connection.execute(waiting).first()) is None

    async def _opening(self, conversation_id: int) -> str:
        said = (
            select(message.c.text).where(message.c.conversation_id == conversation_id).order_by(message.c.id).limit(1)
        )
        return str(await self._store.read(lambda connection: connection.execute(said).scalar()) or "")


@contextlib.asynccontextmanager
async def open_house(home: str, database_url: str, telegram: str, webhook: bool, port: int) -> AsyncIterator[Core]:
    """Everything running. The schema has to be there; so has the agent."""
    own = {"token": TOKEN, "base_url": telegram} | ({"webhook_secret": SECRET} if webhook else {})
    settings = Settings(
        home=home,
        database_url=database_url,
        rasa={"enabled": False},
        telegram=own,
        web={"public_url": PUBLIC},
        port=port,
    )
    assembly.LocalBrain = Told  # type: ignore[misc, assignment]
    assembly.open_store = lambda chosen: Store(chosen.sql_url, reserve_bytes=0)
    doorways_of = partial(build_doorways, settings, rates=Unlimited())
    async with assembly.core(settings, doorways_of) as core, asyncio.TaskGroup() as beside:
        Told.store = core.store
        runner = web.AppRunner(_app(settings, core), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        anna = beside.create_task(Anna(core.desk, core.store).work())
        try:
            yield core
        finally:
            anna.cancel()
            await runner.cleanup()


def _app(settings: Settings, core: Core) -> web.Application:
    doors = Doors(settings, core.store, core.live, core.inbox, core.desk, core.library, Unlimited())
    return build_app(doors, core.doorways.webhooks)
