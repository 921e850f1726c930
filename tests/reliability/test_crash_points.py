"""The product dies at each of its steps, with each kind of message: afterwards everything is as if it had not died.

One conversation is led without a death; then one for each point, and each has to come out like the first. An eighth of the combinations is tried
on SQLite and another eighth on PostgreSQL; with FRONTLINE_SOAK=8 all of them on both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Engine, select

from bot.delivery.supervisor import free_port
from bot.storage.engines import make_engine
from bot.storage.schema import upgrade
from bot.storage.staff import add_staff
from bot.storage.tables import case, conversation, message, reply
from tests.fakes.telegram import TOKEN, FakeTelegram, Lost
from tests.reliability.crashing import DIED, Mortal, Order, Point
from tests.reliability.reckoning import check_sent, open_work, rows_of
from tests.reliability.scale import PATIENCE, SOAK
from tests.reliability.small_house import AGAIN, ARRIVED, HUMAN, PUBLIC, SLOWLY, UNCLEAR
from tests.servers import PostgresServer

INBOX, OUTBOX = "bot.storage.inbox:", "bot.storage.outbox:"
SEND, FETCH = "bot.channels.telegram.adapter:TelegramChannel.send", "bot.channels.telegram.connection:Connection.fetch"
WRITE, TURN, DESK = "bot.storage.store:Store.write", "bot.conversation.flow:Flow._write", "bot.handoff.desk:Desk."
BRAIN = "tests.reliability.small_house:Told.turn"


def both(function: str, nth: int = 1, *, at_start: bool = False) -> list[Point]:
    """Before and after a call."""
    return [Point(function, before, nth, at_start) for before in (True, False)]


ACCEPTING = [*both("bot.storage.intake:accept"), *both("bot.delivery.inbox:Inbox.accept"), *both(WRITE)]
TAKING = [*both(f"{INBOX}take"), *both(WRITE, 2), *both(BRAIN)]
TURNING = [*both(TURN), *both(f"{OUTBOX}queue_reply"), *both(f"{INBOX}settle"), *both(WRITE, 3)]
SENDING = [*both(f"{OUTBOX}start"), *both(SEND), *both(f"{OUTBOX}settle_send"), *both(WRITE, 4), *both(WRITE, 5)]
POLLING = both(FETCH, 2)
RECOVERING = [
    *both("bot.delivery.takeover:Takeover.once", at_start=True),
    *both(f"{INBOX}recover", at_start=True),
    *both(f"{OUTBOX}recover", at_start=True),
    *both("bot.delivery.takeover:bury", at_start=True),
]
ALL = [*ACCEPTING, *TAKING, *TURNING, *SENDING, *RECOVERING]
CASE = [*both(f"{DESK}claim"), *both(f"{DESK}reply"), *both(f"{DESK}resolve"), *both(f"{OUTBOX}queue_reply", 3)]
SETTLING = [*both("bot.storage.uncertain:_settle"), *both(f"{DESK}_settle")]


Kind = Callable[["Scene"], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """One conversation: who talks, and what can be seen of it from outside."""

    telegram: FakeTelegram
    engine: Engine
    url: str
    chat: int

    def says(self, text: str, **more: Any) -> int:
        """The customer writes."""
        return self.telegram.customer_says(self.chat, text, **more)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until it is so; the front line may die and come back meanwhile."""
        async with asyncio.timeout(60):
            while not so():
                await asyncio.sleep(0.05)

    async def settled(self, messages: int = 1) -> None:
        """Wait until so many messages of this conversation are in the database, and everything there is done."""
        await self.until(lambda: len(self.rows(message)) >= messages and not open_work(self.engine))

    def rows(self, table: Any) -> list[Any]:
        """What the database has of this conversation, in its order."""
        here = select(table).join(conversation, conversation.c.id == table.c.conversation_id)
        return list(rows_of(self.engine, here.where(conversation.c.chat == str(self.chat)).order_by(table.c.id)))

    def outcome(self, kind: Kind) -> Any:
        """What came out, as far as it must be the same with and without a death."""
        said = [(row.text, row.state) for row in self.rows(message)]
        ids = [row.id for row in self.rows(message)]
        states = {"uncertain": "sent"}  # whether it arrived nobody knows; that it was sent once, everybody
        answered = [
            (row.kind, ids.index(row.message_id) if row.message_id else None, states.get(row.state, row.state))
            for row in sorted(self.rows(reply), key=lambda row: row.position)
        ]
        if kind is edited_while_it_runs:  # a turn that was lost is taken again with the new words alone
            answered = list(dict.fromkeys(answered))
        return said, answered, [row.state for row in self.rows(case)]


async def answered(scene: Scene) -> None:
    scene.says("hallo")
    await scene.settled()


async def several(scene: Scene) -> None:
    for number in range(3):
        scene.says(f"hallo {number}")
    await scene.settled(3)


async def handed_over(scene: Scene) -> None:
    scene.says(f"{HUMAN} bitte")
    await scene.until(lambda: [row.state for row in scene.rows(case)] == ["resolved"])
    await scene.settled()


async def pressed(scene: Scene) -> None:
    scene.says(UNCLEAR)
    await scene.until(lambda: bool(scene.telegram.buttons(scene.chat)) or "uncertain" in _states(scene))
    if scene.telegram.buttons(scene.chat):
        scene.telegram.presses(scene.chat, scene.telegram.buttons(scene.chat)[0])
    else:  # the button never arrived
        scene.says(f"{HUMAN} bitte")
    await scene.until(lambda: [row.state for row in scene.rows(case)] == ["resolved"])
    await scene.settled(2)


def _states(scene: Scene) -> list[str]:
    return [row.state for row in scene.rows(reply)][1:]


async def edited_while_it_waits(scene: Scene) -> None:
    scene.telegram.customer_edits(scene.chat, scene.says("halo"), "hallo")
    await scene.settled()


async def edited_while_it_runs(scene: Scene) -> None:
    number = scene.says(SLOWLY)
    await scene.until(lambda: [row.state for row in scene.rows(message)] == ["running"])
    scene.telegram.customer_edits(scene.chat, number, "hallo")
    await scene.until(lambda: [row.text for row in scene.rows(message)] == ["hallo"])
    await scene.settled()


async def edited_when_it_is_answered(scene: Scene) -> None:
    number = scene.says("hallo")
    await scene.settled()
    scene.telegram.customer_edits(scene.chat, number, "hallo noch einmal")
    await scene.until(lambda: len(scene.rows(reply)) == 3)
    await scene.settled()


async def with_a_file(scene: Scene) -> None:
    scene.says("", photo=[{"file_id": "large", "file_unique_id": "b", "width": 1280, "height": 853, "file_size": 120}])
    await scene.until(lambda: [row.state for row in scene.rows(case)] in ([], ["resolved"]))
    await scene.settled()


async def blocked(scene: Scene) -> None:
    scene.says("hallo")
    scene.telegram.blocks(scene.chat)
    await scene.settled()


async def uncertain(scene: Scene, meant: str = ARRIVED) -> None:
    scene.telegram.fail_next("sendMessage", Lost(reset=True))
    scene.says(f"{meant}, hallo")
    await scene.until(lambda: {row.state for row in scene.rows(reply)} == {"sent"})
    await scene.settled()


async def uncertain_and_sent_again(scene: Scene) -> None:
    await uncertain(scene, AGAIN)


async def on_a_page(scene: Scene) -> None:
    async with aiohttp.ClientSession() as session:
        began = await _insist(session, f"{scene.url}/chat/api/start", {"language": "de"}, {})
        body = {"client_id": "6a0f9d3e-6f0e-4f0e-8a53-3f4c3b1a2d10", "text": "hallo"}
        headers = {"Authorization": f"Bearer {began['token']}"}
        await _insist(session, f"{scene.url}/chat/api/messages", body, headers)
    await scene.until(lambda: not open_work(scene.engine))


async def _insist(session: aiohttp.ClientSession, url: str, body: Any, headers: dict[str, str]) -> dict[str, str]:
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.post(url, json=body, headers=headers) as response:
                    if response.status in (201, 202):
                        return dict(await response.json())
            except aiohttp.ClientError:
                pass  # dead; it comes back
            await asyncio.sleep(0.02)


KINDS: list[tuple[Kind, list[Point]]] = [
    (answered, [*ALL, *POLLING]),
    (several, [*ALL, *both(SEND, 3), *both(f"{INBOX}settle", 3), *both(WRITE, 8)]),
    (handed_over, [*ALL, *CASE]),
    (pressed, [*ALL, *both("bot.channels.telegram.adapter:TelegramChannel.accepted"), *both(TURN, 2)]),
    (edited_while_it_waits, [*ALL, *both("bot.storage.signals:revise")]),
    (edited_while_it_runs, [*ALL, *both("bot.storage.signals:revise"), *both(BRAIN, 2)]),
    (edited_when_it_is_answered, [*ALL, *both("bot.storage.signals:revise"), *both(TURN, 2)]),
    (with_a_file, [*ACCEPTING, *TURNING, *SENDING]),
    (blocked, [*ACCEPTING, *TURNING, *both(f"{OUTBOX}start")]),
    (uncertain, [*TURNING, *SETTLING, *both(f"{OUTBOX}settle_send")]),
    (uncertain_and_sent_again, [*SETTLING, *both(f"{OUTBOX}start", 3)]),
    (on_a_page, [*ACCEPTING, *TAKING, *TURNING]),
]
STEP = max(1, round(8 / SOAK))


def chains(first: int) -> list[Any]:
    """Every eighth combination, beginning with another one for each kind, so that together each point has its turn."""
    shown = [(kind, points[(number + first) % STEP :: STEP]) for number, (kind, points) in enumerate(KINDS)]
    return [pytest.param(kind, points, id=kind.__name__) for kind, points in shown if points]


@pytest.mark.parametrize("webhook", [False, True], ids=["polled", "by webhook"])
@pytest.mark.timeout(PATIENCE)
async def test_a_message_comes_in_by_either_way(webhook: bool, tmp_path: Path) -> None:
    points = [*ACCEPTING, *both("bot.channels.telegram.adapter:TelegramChannel.accepted")]
    await run_chain(f"sqlite:///{tmp_path}/frontline.db", tmp_path, answered, points, webhook=webhook)


@pytest.mark.parametrize(("kind", "points"), chains(0))
@pytest.mark.timeout(PATIENCE)
async def test_on_sqlite_everything_comes_out_as_without_a_death(
    kind: Kind, points: list[Point], tmp_path: Path
) -> None:
    await run_chain(f"sqlite:///{tmp_path}/frontline.db", tmp_path, kind, points)


@pytest.mark.parametrize(("kind", "points"), chains(4))
@pytest.mark.timeout(PATIENCE)
async def test_on_postgresql_everything_comes_out_as_without_a_death(
    kind: Kind, points: list[Point], tmp_path: Path, postgres: PostgresServer
) -> None:
    await run_chain(postgres.database(), tmp_path, kind, points)


async def run_chain(url: str, home: Path, kind: Kind, points: list[Point], *, webhook: bool = False) -> None:
    """Lead a conversation without a death, then one for each point, and compare."""
    engine = make_engine(url)
    upgrade(engine)
    with engine.connect() as connection, connection.begin():
        add_staff(connection, login="anna", name="Anna", role="agent", password_hash="")
    async with FakeTelegram(forgetful=0.2) as telegram, Mortal() as mortal:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        telegram.hosts[f"{PUBLIC}/webhooks/telegram/{TOKEN[:4]}"] = f"{base}/webhooks/telegram/{TOKEN[:4]}"
        pushing = asyncio.create_task(telegram.keep_pushing())
        order = Order(str(home), url, telegram.base_url, webhook, port, None)
        scenes = [Scene(telegram, engine, base, 1000 + number) for number in range(len(points) + 1)]
        try:
            assert await mortal.start(order)
            await kind(scenes[0])
            await mortal.stop()
            for scene, point in zip(scenes[1:], points, strict=True):
                await _die(mortal, order, point, kind(scene), scene)
                assert scene.outcome(kind) == scenes[0].outcome(kind), str(point)
        finally:
            pushing.cancel()
        check_sent(engine, telegram)
        assert telegram.mistakes == []
    engine.dispose()


async def _die(mortal: Mortal, order: Order, point: Point, acting: Awaitable[None], scene: Scene) -> None:
    """Let the front line die at this point while the scene is acted, and another one bring it to its end."""
    script = asyncio.ensure_future(acting)
    # Where it is to die at its start, it first dies in the middle of its work, so that there is something to take up.
    first = Point(SEND, before=False) if point.at_start else point
    assert await mortal.start(replace(order, point=first))
    mortal.arm()
    async with asyncio.timeout(60):
        assert await mortal.ended() == DIED, f"{first} was not reached"
    if point.at_start:
        assert not await mortal.start(replace(order, point=point)), f"{point} was not reached"
    assert await mortal.start(order)
    await script
    assert await mortal.stop() == 0
