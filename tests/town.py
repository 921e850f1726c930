"""Every vendor on loopback, with somebody before every door: what tests of all channels at once need."""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import Any, Self

from aiohttp import ClientSession

from bot.channels.mail.signing import sign
from tests.fakes import x as fake_x
from tests.fakes.discourse import KEY, SECRET, FakeDiscourse
from tests.fakes.discourse_world import BOT
from tests.fakes.graph import APP, APP_SECRET, VERIFY_TOKEN, FakeGraph
from tests.fakes.graph_pages import Page
from tests.fakes.graph_whatsapp import Number
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.post import LOOPBACK, post_office
from tests.synapse import DOMAIN, Person, Synapse
from tests.visitors import (
    AtCommunity,
    AtMail,
    AtMatrix,
    AtMeta,
    AtPage,
    AtTelegram,
    AtX,
    AtXDirect,
    Visitor,
    insist,
)

ADDRESS, MAIL_SECRET = "service@fernblick.example", "for-tests-only-and-never-elsewhere"


class Town:
    """The vendors. `sections` are the settings of a front line that is known to all of them, `called_at` tells them where it is."""

    def __init__(self, server: Synapse) -> None:
        self._server = server
        self.telegram, self.graph, self.x, self.forum = FakeTelegram(), FakeGraph(), fake_x.FakeX(), FakeDiscourse()
        self._stack = contextlib.AsyncExitStack()
        self._base = ""
        self.sections: dict[str, Any] = {}
        self.visitors: dict[str, Visitor] = {}

    async def __aenter__(self) -> Self:
        for vendor in (self.telegram, self.graph, self.x, self.forum):
            await self._stack.enter_async_context(vendor)  # type: ignore[arg-type]
        page = Page(self.graph, "4711", "EAAG-page-token-of-the-tests")
        number = Number(self.graph, "106540352242922", "EAAJ-whatsapp-token-of-the-tests")
        bot = f"bot-{secrets.token_hex(4)}"
        token = self._server.register(bot, "secret", "Fernblick-Assistent")
        person = await self._stack.enter_async_context(Person(self._server, "zoe", "Zoë Müller"))
        post = await self._stack.enter_async_context(post_office())
        self.sections = self._sections(page, number) | {
            "matrix": {"homeserver": self._server.url, "account": f"@{bot}:{DOMAIN}", "token": token},
            "mail": {
                "address": ADDRESS,
                "secret": MAIL_SECRET,
                "smtp": {"host": LOOPBACK, "port": post.port, "security": "none"},
            },
        }
        self.visitors = {
            "telegram": AtTelegram(self.telegram),
            "messenger": AtMeta(self.graph, page.messenger, "6254857711234567"),
            "instagram": AtMeta(self.graph, page.instagram, "6254857711230000"),
            "whatsapp": AtMeta(self.graph, number, number.customer()),
            "facebook": AtPage(self.graph, page),
            "x": AtX(self.x, self.call_from_x),
            "x_direct": AtXDirect(self.x, self.call_from_x),
            "discourse": AtCommunity(self.forum),
            "matrix": AtMatrix(person, f"@{bot}:{DOMAIN}"),
            "mail": AtMail(post, self.hand_in),
        }
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()
        if failure[0] is None:
            for vendor in (self.telegram, self.graph, self.x, self.forum):
                assert vendor.mistakes == []

    async def called_at(self, base: str) -> None:
        """The front line is at `base` from now on."""
        self._base = base
        self.forum.hook = f"{base}/webhooks/discourse/{self.forum.url.removeprefix('http://')}"
        await insist(lambda: self.graph.subscribe(f"{base}/webhooks/meta"))

    async def call_from_x(self, payload: dict[str, Any]) -> None:
        """X tells of something, until it is taken."""

        async def told() -> bool:
            return await self.x.call(f"{self._base}/webhooks/x/{fake_x.ME}", payload) == 200

        await insist(told)

    async def hand_in(self, letter: bytes) -> None:
        """A provider hands a mail in, until it is taken."""

        async def taken() -> bool:
            at = int(time.time())
            proof = {"X-Frontline-Timestamp": str(at), "X-Frontline-Signature": sign(MAIL_SECRET, at, letter)}
            url = f"{self._base}/webhooks/mail/{ADDRESS}"
            async with ClientSession() as session, session.post(url, data=letter, headers=proof) as answer:
                return answer.status == 200

        await insist(taken)

    def _sections(self, page: Page, number: Number) -> dict[str, Any]:
        mine = {"id": page.id, "token": page.token, "instagram": page.instagram.id, "comments": True}
        numbers = {"number_id": number.id, "account_id": number.account, "token": number.token}
        meta = {"app_id": APP, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "graph_url": self.graph.base_url}
        return {
            "telegram": {"token": TOKEN, "base_url": self.telegram.base_url},
            "meta": {**meta, "pages": [mine], "whatsapp": [numbers]},
            "x": {
                "consumer_key": fake_x.CONSUMER_KEY,
                "consumer_secret": fake_x.CONSUMER_SECRET,
                "access_token": fake_x.TOKEN,
                "access_token_secret": fake_x.TOKEN_SECRET,
                "base_url": self.x.base_url,
            },
            "discourse": {
                "url": self.forum.url,
                "username": BOT.username,
                "categories": ["hilfe"],
                "api_key": KEY,
                "webhook_secret": SECRET,
            },
        }
