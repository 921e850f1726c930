"""A strict Bot API on loopback: real HTTP, real offsets, and the faults that real life has.

Its chats, and what customers do in them, are in `telegram_world.py`; their files in `telegram_files.py`; what it takes and refuses in `telegram_rules.py`.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.fakes.telegram_files import Files
from tests.fakes.telegram_rules import METHODS, Json, Refusal, check_keyboard, check_text, read_parameters
from tests.fakes.telegram_world import ME, Chat, World

TOKEN = "4242:AAF-fake_token-for-tests-only"


@dataclass(frozen=True)
class Lost:
    """A fault after Telegram took the request: the connection is `reset`, or (else) no answer ever comes."""

    reset: bool = False


class FakeTelegram(World, Files):
    """The server. Use as an async context manager; `mistakes` lists every request that no correct bot would send.

    `lag`: up to so many seconds go by before a message is taken, and again before that is answered; `sending` counts those requests.
    `forgetful`: how often, from 0 to 1, an update is delivered again that the webhook has taken. `asked_by`: from which address updates were asked for last.
    """

    def __init__(self, *, address: str = "127.0.0.1", lag: float = 0.0, forgetful: float = 0.0) -> None:
        World.__init__(self)
        Files.__init__(self)
        self.sending = 0
        self.asked_by = ""
        self._address = address
        self._chance = random.Random(random.random())  # a test may draw elsewhere at the same time
        self._lag = lag
        self._forgetful = forgetful
        self.base_url = ""
        self.calls: list[tuple[str, Json]] = []
        self.answered: list[str] = []
        self.mistakes: list[str] = []
        self.webhook: Json = {}
        self.hosts: dict[str, str] = {}  # public address → where it is in this test
        self._faults: dict[str, deque[Refusal | Lost]] = defaultdict(deque)
        self._poller = 0

    async def __aenter__(self) -> FakeTelegram:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._address, 0)
        await site.start()
        self.base_url = f"http://{self._address}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._poller = -1  # whoever still waits for updates is sent away
        self.stir()
        await self._runner.cleanup()

    def fail_next(self, method: str, *faults: Refusal | Lost) -> None:
        """The next calls of `method` go wrong, one fault each; of "file", which hands one out, it is a Lost."""
        self._faults[method].extend(faults)

    def called(self, method: str) -> list[Json]:
        """The parameters of every call of `method`."""
        return [parameters for name, parameters in self.calls if name == method]

    async def push(self) -> list[int]:
        """Deliver the waiting updates to the webhook, in order, until it refuses one; returns the statuses."""
        statuses: list[int] = []
        async with ClientSession(timeout=ClientTimeout(10)) as session:
            while self.updates and self.webhook and (not statuses or statuses[-1] == 200):
                where, update = self.hosts[self.webhook["url"]], self.updates[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
                async with session.post(where, json=update, headers=headers) as answer:
                    statuses.append(answer.status)
                if answer.status == 200 and self._chance.random() >= self._forgetful and update in self.updates:
                    self.updates.remove(update)
        return statuses

    async def keep_pushing(self) -> None:
        """Deliver to the webhook whenever there is one, and again what it does not take, until cancelled."""
        while True:
            while not (self.webhook and self.updates):
                await self.news.wait()
            try:
                statuses = await self.push()
            except (ClientError, TimeoutError):
                statuses = [503]
            if statuses[-1:] != [200]:
                await asyncio.sleep(0.05)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            if request.match_info["token"] != TOKEN:
                raise Refusal(401, "Unauthorized")
            if method not in METHODS:
                raise Refusal(404, "Not Found")
            form = await request.post()
            parameters = read_parameters(
                method, {**request.query, **{name: str(value) for name, value in form.items()}}
            )
            self.calls.append((method, parameters))
            self.asked_by = (request.remote or "") if method == "getUpdates" else self.asked_by
            fault = self._faults[method].popleft() if self._faults[method] else None
            if isinstance(fault, Refusal):
                raise fault
            result = await self._carry_out(method, parameters)
            if isinstance(fault, Lost):
                return await self._lose(request, fault)
            return web.json_response({"ok": True, "result": result})
        except Refusal as refusal:
            if refusal.status in (400, 404) and method != "getFile":  # no bot knows how long an id is good
                self.mistakes.append(f"{method}: {refusal.description}")
            body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
            return web.json_response(
                body | ({"parameters": refusal.parameters} if refusal.parameters else {}), status=refusal.status
            )
        finally:
            self.stir()

    async def _serve_file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        if self._faults["file"] and isinstance(fault := self._faults["file"].popleft(), Lost):
            return await self._lose(request, fault)
        return self.hand_out(request.match_info["path"])

    async def _carry_out(self, method: str, parameters: Json) -> Any:
        if method != "sendMessage":
            return await getattr(self, _snake_case(method))(**parameters)
        self.sending += 1
        try:
            await asyncio.sleep(self._chance.uniform(0, self._lag))
            sent = await self._send_message(**parameters)
            await asyncio.sleep(self._chance.uniform(0, self._lag))
            return sent
        finally:
            self.sending -= 1

    async def _lose(self, request: web.Request, fault: Lost) -> web.StreamResponse:
        self.stir()
        if not fault.reset:
            await self.until(lambda: self._poller == -1, seconds=60)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _get_me(self) -> Json:
        return ME | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _get_updates(
        self, offset: int = 0, limit: int = 100, timeout: int = 0, allowed_updates: list[str] | None = None
    ) -> list[Json]:
        if self.webhook:
            hint = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refusal(409, f"Conflict: {hint}")
        self.allowed = allowed_updates if allowed_updates is not None else self.allowed
        # An offset far ahead of all updates counts as none: that is how a restarted numbering is survived.
        if offset <= self.next_update + 10:
            self.updates = deque(update for update in self.updates if update["update_id"] >= offset)
        self._poller += 1
        mine, end = self._poller, asyncio.get_running_loop().time() + timeout
        self.stir()
        while not self.updates and (rest := end - asyncio.get_running_loop().time()) > 0 and mine == self._poller:
            try:
                await asyncio.wait_for(self.news.wait(), rest)
            except TimeoutError:
                break
        if mine != self._poller:
            raise Refusal(
                409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            )
        return list(self.updates)[:limit]

    async def _set_webhook(self, url: str, secret_token: str = "", allowed_updates: list[str] | None = None) -> bool:
        if not url.startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = {"url": url, "secret_token": secret_token}
        self.allowed = allowed_updates or []
        return True

    async def _delete_webhook(self, drop_pending_updates: bool = False) -> bool:
        self.webhook = {}
        if drop_pending_updates:
            self.updates.clear()
        return True

    async def _get_webhook_info(self) -> Json:
        waiting = {"has_custom_certificate": False, "pending_update_count": len(self.updates)}
        return {"url": self.webhook.get("url", "")} | waiting

    async def _send_message(
        self,
        chat_id: int,
        text: str,
        entities: list[Json] | None = None,
        reply_markup: Json | None = None,
        message_thread_id: int | None = None,
        link_preview_options: Json | None = None,
    ) -> Json:
        chat = self._open(chat_id, message_thread_id)
        check_text(text, entities or [])
        check_keyboard(reply_markup)
        message = self.add_message(chat.id, ME) | {"text": text, "entities": entities or []}
        if reply_markup:
            message["reply_markup"] = reply_markup
        if message_thread_id:
            message |= {"message_thread_id": message_thread_id, "is_topic_message": True}
        chat.messages[-1] = message
        return message

    async def _answer_callback_query(self, callback_query_id: str, text: str = "") -> bool:
        if callback_query_id not in self.presses_seen:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.answered.append(callback_query_id)
        return True

    async def _edit_message_reply_markup(self, chat_id: int, message_id: int, reply_markup: Json | None = None) -> Json:
        check_keyboard(reply_markup)
        self._open(chat_id, None)
        message = self.find(chat_id, message_id)
        if message.get("reply_markup") == reply_markup:
            raise Refusal(400, "Bad Request: message is not modified")
        message.pop("reply_markup", None)
        return message

    async def _send_chat_action(self, chat_id: int, action: str, message_thread_id: int | None = None) -> bool:
        self._open(chat_id, message_thread_id)
        return True

    def _open(self, chat_id: int, thread: int | None) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.refusal:
            raise chat.refusal
        if thread is not None and thread not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        return chat


def _snake_case(method: str) -> str:
    return re.sub("([A-Z])", lambda letter: "_" + letter[1].lower(), f"_{method}")
