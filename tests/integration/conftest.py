"""A web side over a real store, and its cast: Anna and Ben (agents), Edi (editor), and an outsider who is nobody."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy import select

from bot.channels.directory import Directory
from bot.delivery.backlog import Backlog
from bot.delivery.inbox import Inbox
from bot.domain.conversation import ConversationKey
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import EventKind, InboundEvent, MessageState
from bot.domain.reading import Urgency
from bot.handoff.desk import Desk
from bot.knowledge.library import Library
from bot.parts import personal_of
from bot.rates import LocalRates
from bot.settings import Company, Settings, Web
from bot.storage import cases, intake
from bot.storage.live import LocalLive
from bot.storage.schema import upgrade
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.storage.tables import message
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.fakes.telegram import FakeTelegram
from tests.servers import postgres_server
from tests.settled import settle

PASSWORD = "correct horse battery staple"
COOKIE = "frontline_staff"
FORM_COOKIE = "frontline_sign_in"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # argon2 is slow on purpose
STAFF = {
    "anna": ("Anna Kowalski", "agent", "de"),
    "ben": ("Ben Okafor", "agent", "en"),
    "edi": ("Edi Tor", "editor", "de"),
}

MakeClient = Callable[[], Awaitable[TestClient]]
SignIn = Callable[[str], Awaitable["Person"]]


def pytest_configure(config: pytest.Config) -> None:
    """aiohttp-session keeps its things under plain names, which aiohttp advises against; that is not ours to mend."""
    config.addinivalue_line("filterwarnings", "ignore:It is recommended to use web.RequestKey")


class Person:
    """Somebody at a browser: a client with cookies of its own and the token of their session."""

    def __init__(self, client: TestClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def get(self, path: str) -> Any:
        """Status and JSON of a GET under /desk/api."""
        async with self.client.get(f"/desk/api/{path}", allow_redirects=False) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any = None) -> Any:
        """Status and JSON of a POST under /desk/api."""
        headers = {"X-CSRF-Token": self.csrf}
        async with self.client.post(
            f"/desk/api/{path}", json=body if body is not None else {}, headers=headers
        ) as response:
            return response.status, await response.json()

    @property
    def cookie(self) -> str:
        """The session's token as the browser holds it."""
        return self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))[COOKIE].value


def csrf_in(page: str) -> str:
    """The token in a page's form or meta tag."""
    found = re.search(r'name="csrf(?:-token)?" (?:value|content)="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture(scope="session")
def database_of() -> Iterator[Callable[[Path], str]]:
    """Where a new database is made: a file, or with FRONTLINE_TESTS_ON=postgresql one on a real server."""
    if os.environ.get("FRONTLINE_TESTS_ON") != "postgresql":
        yield lambda folder: f"sqlite:///{folder}/frontline.db"
        return
    with postgres_server() as server:
        yield lambda folder: server.database()


@pytest.fixture
def settings(tmp_path: Path, database_of: Callable[[Path], str]) -> Settings:
    """Settings that touch nothing but the test's own folder and database."""
    return Settings(
        home=tmp_path,
        database_url=SecretStr(database_of(tmp_path)),
        company=Company(address="sie"),
        web=Web(public_url="https://help.example", secure_cookies=False),
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    """A real store with the staff in it."""
    found = Store(settings.sql_url)
    upgrade(found.engine)

    def hire(connection: Any) -> None:
        for login, (name, role, language) in STAFF.items():
            add_staff(connection, login=login, name=name, role=role, language=language, password_hash=PASSWORD_HASH)

    await found.write(hire)
    yield found
    found.close()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram of which nothing wrong is asked."""
    async with FakeTelegram() as fake:
        yield fake
        assert fake.mistakes == []


@pytest.fixture
def channels() -> Directory:
    """The channels that are set up: none, unless a test says otherwise."""
    return Directory()


@pytest.fixture
def doors(settings: Settings, store: Store, channels: Directory) -> Doors:
    """What the pages are given, all of it real."""
    live = LocalLive()
    backlog = Backlog(store, most=settings.most_waiting, most_of_conversation=settings.most_waiting_of_conversation)
    own = Inbox(store, live, backlog)
    return Doors(
        settings, store, live, own, Desk(store, live, channels, personal_of(settings)), Library(store), LocalRates()
    )


@pytest.fixture
async def server(doors: Doors) -> AsyncIterator[TestServer]:
    """The whole web side, listening."""
    running = TestServer(build_app(doors, []))
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def make_client(server: TestServer) -> AsyncIterator[MakeClient]:
    """Further browsers, each with cookies of its own."""
    made: list[TestClient] = []

    async def make() -> TestClient:
        client = TestClient(server)
        made.append(client)
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
async def outsider(make_client: MakeClient) -> TestClient:
    """Somebody who is not signed in."""
    return await make_client()


@pytest.fixture
def sign_in(make_client: MakeClient) -> SignIn:
    """Sign a member of the cast in, at a browser of their own."""

    async def do(login: str) -> Person:
        client = await make_client()
        async with client.get("/sign-in") as response:
            csrf = csrf_in(await response.text())
        fields = {"csrf": csrf, "login": login, "password": PASSWORD}
        async with client.post("/sign-in", data=fields) as response:
            return Person(client, csrf_in(await response.text()))

    return do


@pytest.fixture
async def anna(sign_in: SignIn) -> Person:
    """An agent who reads German pages."""
    return await sign_in("anna")


@pytest.fixture
async def ben(sign_in: SignIn) -> Person:
    """An agent who reads English pages."""
    return await sign_in("ben")


@pytest.fixture
async def editor(sign_in: SignIn) -> Person:
    """Somebody who works here but not on cases."""
    return await sign_in("edi")


@pytest.fixture
def open_case(store: Store) -> Callable[..., Awaitable[int]]:
    """Let a customer write something that needs a person; returns the case."""
    counted = iter(range(1000))

    async def make(
        text: str = "Mein Geld ist weg",
        urgency: Urgency = Urgency.NORMAL,
        *,
        channel: str = "web",
        evidence: Any = None,
    ) -> int:
        number = next(counted)
        key = ConversationKey(channel, "site", f"chat-{number}")
        event = InboundEvent(key, f"event-{number}", EventKind.MESSAGE, f"message-{number}", text, language="de")
        reading = {
            "language": "de",
            "intent": "question",
            "intent_confidence": 0.9,
            "candidates": [{"answer_id": "bill-higher", "confidence": 0.62, "phrasing": "rechnung hoch"}],
            "decision": {"kind": "handoff", "answer_ids": [], "handoff": "unsure"},
            "urgency": {"level": "high", "reason": "fraud", "evidence": [{"rule": "money", "words": "Geld ist weg"}]},
        }

        def unit(connection: Any) -> int:
            conversation_id = intake.accept(connection, [event])[0].conversation_id
            assert conversation_id is not None
            said = select(message.c.id).where(message.c.conversation_id == conversation_id)
            message_id = connection.execute(said).scalar_one()
            settle(connection, message_id, MessageState.WITH_AGENT, reading=reading, brain="local")
            handoff = Handoff(HandoffReason.UNSURE, urgency, evidence or {"urgency": reading["urgency"]})
            return cases.open_case(connection, conversation_id, handoff, text, message_id=message_id)

        return await store.write(unit)

    return make
