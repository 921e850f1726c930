"""The product's side in tests of Matrix: the whole front line at an account of its own, or the channel alone with what keeps its progress."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from bot.assembly import FrontLine, front_line
from bot.channels.matrix import MatrixChannel, MatrixSettings
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.settings import Matrix, Rasa, Settings
from bot.storage import intake
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.storage.tables import event, message
from tests.homes import fresh_home
from tests.synapse import DOMAIN, Person, Synapse

CANCEL = "Wie kündige ich meinen Vertrag?"


PATIENCE = 30.0


class Bot:
    """The bot's account, new for each test, and a front line on it."""

    def __init__(self, server: Synapse, home: Path, **more: Any) -> None:
        self.name = f"fernblick-{secrets.token_hex(4)}"
        self.id = f"@{self.name}:{DOMAIN}"
        server.register(self.name, "secret", "Fernblick")
        told = {"homeserver": server.url, "account": self.id, "password": SecretStr("secret")}
        self.settings = Settings(home=fresh_home(home), port=0, rasa=Rasa(enabled=False), matrix=Matrix(**told | more))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[FrontLine]:
        async with front_line(self.settings) as house:
            await until(lambda: began(house))
            yield house


async def began(house: FrontLine) -> bool:
    reasons = await house.store.read(lambda connection: connection.execute(select(event.c.reason)).scalars().all())
    return "what is said is read from here on" in reasons


async def until(so: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await so():
            await asyncio.sleep(0.05)


async def messages(house: FrontLine, number: int) -> list[Any]:
    """The messages once there are so many and none of them waits."""
    async with asyncio.timeout(PATIENCE):
        while True:
            rows = await house.store.read(lambda connection: connection.execute(select(message)).all())
            if len(rows) == number and all(row.state not in ("queued", "running") for row in rows):
                return list(rows)
            await asyncio.sleep(0.05)


async def hears(person: Person, room: str, sender: str, number: int) -> list[dict[str, Any]]:
    """What somebody has said to a person, once it is so much."""
    async with asyncio.timeout(PATIENCE):
        while len(person.heard(room, sender)) < number:
            await person.look(500)
    return person.heard(room, sender)


async def entered(person: Person, room: str, member: str) -> None:
    """Wait until somebody is in a room, as a client does before it encrypts for them."""

    async def there() -> bool:
        await person.look(200)
        users = person.client.rooms[room].users if room in person.client.rooms else {}
        return member in users and not users[member].invited

    await until(there)


class Desk:
    """What the product does with a poller: commits what it accepts, and loses the progress where it is told to."""

    def __init__(self, channel: MatrixChannel, store: Store) -> None:
        self.channel = channel
        self.store = store
        self.refuse: list[Exception] = []
        self.dies_at = ""
        self.died = asyncio.Event()

    async def accept(self, events: Any, progress: dict[str, Any] | None) -> None:
        """Commit, or fail, or die between the messages and the progress."""
        if self.refuse:
            raise self.refuse.pop()
        dies = bool(self.dies_at) and any(one.text == self.dies_at for one in events)
        await self.store.write(lambda connection: intake.accept(connection, events, None if dies else progress))
        if dies:
            self.dies_at = ""
            self.died.set()
            await asyncio.Event().wait()

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[asyncio.Task[None]]:
        """Poll from the stored progress on; cancelled at the end, as by a kill."""
        account = self.channel.account
        progress = await self.store.read(lambda connection: load_progress(connection, "matrix", account))
        task = asyncio.create_task(self.channel.poll(progress, self.accept))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def begun(self) -> None:
        """Wait until it is remembered where the poller began."""
        account = self.channel.account
        async with asyncio.timeout(PATIENCE):
            while not await self.store.read(lambda connection: load_progress(connection, "matrix", account)):
                await asyncio.sleep(0.05)

    async def has(self, *texts: str) -> bool:
        """Whether just these messages are stored."""
        query = select(message.c.text).order_by(message.c.id)
        return list(await self.store.read(lambda connection: connection.execute(query).scalars().all())) == list(texts)


@asynccontextmanager
async def channel_at(server: Synapse, name: str = "", **more: Any) -> AsyncIterator[MatrixChannel]:
    """A started channel of a new account, or of one that is there already."""
    if not name:
        name = f"fernblick-{secrets.token_hex(4)}"
        server.register(name, "secret", "Fernblick")
    told = {"homeserver": server.url, "account": f"@{name}:{DOMAIN}", "password": "secret"}
    channel = MatrixChannel(MatrixSettings(**told | more), sleep=_soon)
    try:
        await channel.start()
        yield channel
    finally:
        await channel.close()


async def _soon(_seconds: float) -> None:
    await asyncio.sleep(0.05)


async def began_with(person: Person, desk: Desk) -> str:
    """A room in which somebody has said hello, and was heard."""
    await desk.begun()
    room = await person.opens_room(desk.channel.account)
    await person.says(room, "hallo")
    await until(lambda: desk.has("hallo"))
    return room


def saying(channel: MatrixChannel, room: str, text: str, **more: Any) -> Outgoing:
    """A reply of the bot on its way out."""
    told = {"kind": ReplyKind.BOT, "text": text} | more
    return Outgoing(1, ConversationKey("matrix", channel.account, room), Reply(**told))
