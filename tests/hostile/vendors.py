"""The vendors that call the house, on loopback and in threads of their own, and how each of them proves who it is."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.channels.graph.signing import signature
from tests.fakes import x
from tests.fakes.graph import APP, APP_SECRET, VERIFY_TOKEN, FakeGraph
from tests.fakes.graph_pages import Page
from tests.fakes.graph_whatsapp import Number
from tests.fakes.telegram import TOKEN, FakeTelegram

PAYLOADS = Path(__file__).parents[1] / "contract/payloads"
SECRET = "a-secret-that-telegram-was-told"
HOOK = f"/webhooks/telegram/{TOKEN.partition(':')[0]}"
Proof = list[tuple[bytes, bytes]]


def samples(*folders: str) -> list[Any]:
    """What a vendor calls with, as the contract suite has it."""
    files = (file for folder in folders for file in sorted((PAYLOADS / folder).glob("*.json")))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.stem != "expected"]


def _of_telegram(body: bytes) -> Proof:
    return [(b"X-Telegram-Bot-Api-Secret-Token", SECRET.encode())]


def _of_meta(body: bytes) -> Proof:
    return [(b"X-Hub-Signature-256", signature(APP_SECRET, body).encode())]


def _of_x(body: bytes) -> Proof:
    signed = base64.b64encode(hmac.new(x.CONSUMER_SECRET.encode(), body, hashlib.sha256).digest())
    return [(b"x-twitter-webhooks-signature", b"sha256=" + signed)]


CALLERS: dict[str, tuple[str, Callable[[bytes], Proof], list[Any]]] = {
    "telegram": (HOOK, _of_telegram, samples("telegram")),
    "meta": ("/webhooks/meta", _of_meta, samples("messenger", "instagram", "facebook", "whatsapp")),
    "x": (f"/webhooks/x/{x.ME}", _of_x, samples("x")),
}
"""By vendor: its door, how it proves itself for a body, and what it calls with."""


@contextlib.contextmanager
def vendors() -> Iterator[dict[str, str]]:
    """All of them at work; gives the environment of a house that has them set up."""
    with threaded(FakeTelegram()) as telegram, threaded(FakeGraph()) as graph, threaded(x.FakeX()) as of_x:
        page, number = (
            Page(graph, "108", "page-token", instagram="17841400000000001"),
            Number(graph, "106540352242922", "number-token"),
        )
        pages = [{"id": page.id, "token": page.token, "instagram": page.instagram.id, "comments": True}]
        numbers = [{"number_id": number.id, "account_id": number.account, "token": number.token}]
        yield {
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__WEBHOOK_SECRET": SECRET,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
            "FRONTLINE_META__APP_ID": APP,
            "FRONTLINE_META__APP_SECRET": APP_SECRET,
            "FRONTLINE_META__VERIFY_TOKEN": VERIFY_TOKEN,
            "FRONTLINE_META__GRAPH_URL": graph.base_url,
            "FRONTLINE_META__PAGES": json.dumps(pages),
            "FRONTLINE_META__WHATSAPP": json.dumps(numbers),
            "FRONTLINE_X__CONSUMER_KEY": x.CONSUMER_KEY,
            "FRONTLINE_X__CONSUMER_SECRET": x.CONSUMER_SECRET,
            "FRONTLINE_X__ACCESS_TOKEN": x.TOKEN,
            "FRONTLINE_X__ACCESS_TOKEN_SECRET": x.TOKEN_SECRET,
            "FRONTLINE_X__BASE_URL": of_x.base_url,
        }


@contextlib.contextmanager
def threaded(fake: Any) -> Iterator[Any]:
    """A fake with a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(fake.__aenter__(), loop).result()
    try:
        yield fake
    finally:
        asyncio.run_coroutine_threadsafe(fake.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
