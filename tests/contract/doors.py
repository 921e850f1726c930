"""How each channel's sample payloads get in: what translates a request, for each folder under `payloads/`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from bot.channels.base import Request
from bot.channels.discourse import DiscourseChannel, DiscourseSettings
from bot.channels.fields import integer, mapping, mappings, string
from bot.channels.mail import MailChannel
from bot.channels.matrix.addressing import Me, Room
from bot.channels.matrix.parsing import parse_sync
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity
from bot.channels.x import XAccess, XDoor
from bot.domain.message import InboundEvent
from bot.doorways import build_doorways
from bot.errors import RequestRejected
from bot.rates import LocalRates
from bot.settings import Company, Mail, Meta, MetaPage, MetaWhatsApp, Settings
from bot.storage.live import LocalLive

Door = Callable[[Request], list[InboundEvent]]


def _telegram() -> Door:
    settings = TelegramSettings(
        "4242:AAF-fake_token-for-tests-only", webhook_secret="s", webhook_url="https://bot.example/telegram"
    )
    channel = TelegramChannel(settings)
    channel.identity = Identity("4242", "fernblick_bot")  # else learned from Telegram at start
    return channel.parse


def _meta() -> Door:
    """One door for all of Meta's products: a page with comments, its Instagram account, and a WhatsApp number."""
    page = MetaPage(id="108", token=SecretStr("t"), instagram="17841400000000001", comments=True)
    number = MetaWhatsApp(number_id="106540352242922", account_id="102290129340398", token=SecretStr("t"))
    secrets = {"app_secret": SecretStr("s"), "verify_token": SecretStr("v")}
    meta = Meta(app_id="9001", pages=(page,), whatsapp=(number,), **secrets)
    doorways = build_doorways(Settings(meta=meta), LocalLive(alone=True), LocalRates())
    return doorways.webhooks[0].parse


def _x() -> Door:
    return XDoor(
        XAccess("key", "secret", "4711000000000000001-fakeTokenForTestsOnly", "secret", app_id="13090192")
    ).parse


def _discourse() -> Door:
    forum, secret = "https://community.fernblick.example", "a-secret-of-the-webhook"
    staff = ("kundendienst",)
    settings = DiscourseSettings(
        forum,
        "fernblick_bot",
        "key",
        secret,
        categories=("hilfe", 8),
        staff_groups=staff,
        bot_name="Fernblick-Assistent",
    )
    channel = DiscourseChannel(settings)

    def parse(request: Request) -> list[InboundEvent]:
        """What kind it is stands in a header, so a sample names it beside the body."""
        try:
            sample = json.loads(request.body)
        except ValueError:
            return channel.parse(request)
        if not isinstance(sample, dict):
            return channel.parse(request)
        event, body = sample.get("event"), json.dumps(sample.get("body")).encode()
        return channel.parse(Request("POST", {"X-Discourse-Event": event if isinstance(event, str) else ""}, {}, body))

    return parse


def _matrix() -> Door:
    me = Me("@fernblick:example.org", "Fernblick")

    def parse(request: Request) -> list[InboundEvent]:
        """An answer of /sync, in which the rooms are told beside what is said in them."""
        try:
            body = json.loads(request.body)
        except ValueError:
            raise RequestRejected("no answer of a homeserver") from None
        if not isinstance(body, dict):
            raise RequestRejected("no answer of a homeserver")
        joined = mapping(mapping(body, "rooms"), "join")
        rooms = {room_id: _room(room_id, mapping(joined, room_id)) for room_id in joined}
        return parse_sync(body, lambda room_id: rooms.get(room_id, Room(room_id)), me)

    return parse


def _room(room_id: str, told: dict[str, Any]) -> Room:
    members = integer(mapping(told, "summary"), "m.joined_member_count")
    states = mappings(mapping(told, "state"), "events")
    names = {string(one, "state_key"): string(mapping(one, "content"), "displayname") for one in states}
    return Room(room_id, 2 if members is None else members, names)


def _mail() -> Door:
    secret = SecretStr("for-tests-only-and-never-elsewhere")
    settings = Mail(address="service@fernblick.example", secret=secret, authenticator="mx.fernblick.example")
    channel = MailChannel(settings, Company())

    def door(request: Request) -> list[InboundEvent]:
        """A sample is the lines of a mail."""
        try:
            lines = json.loads(request.body)["mail"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RequestRejected("no sample of a mail") from None
        mail = "\r\n".join(map(str, lines if isinstance(lines, list) else [lines]))
        return channel.parse(replace(request, body=mail.encode("utf-8", "surrogatepass")))

    return door


DOORS: dict[str, Callable[[], Door]] = {
    "telegram": _telegram,
    "mail": _mail,
    "messenger": _meta,
    "instagram": _meta,
    "facebook": _meta,
    "whatsapp": _meta,
    "x": _x,
    "discourse": _discourse,
    "matrix": _matrix,
}
