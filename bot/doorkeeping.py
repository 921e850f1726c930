"""`frontline channels`: which channels are set up and how they are, and whether a message gets through, there and back."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import aiohttp
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, select

from bot.channels.asking import ask
from bot.channels.base import Channel
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.doorways import Doorways, build_doorways
from bot.errors import DeliveryError, Fault, SettingsError
from bot.rates import LocalRates
from bot.settings import Settings
from bot.snapshots import open_store
from bot.storage import accounts
from bot.storage.accounts import AccountState
from bot.storage.live import LocalLive
from bot.storage.rows import now
from bot.storage.store import Store
from bot.storage.tables import conversation, message

LOOK_EVERY = 1.0  # seconds between looks whether the answer has come
_DOOR_WITHIN = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True)
class Inspected:
    """A channel that is set up: what its vendor says of us, or `refused`; and what the database knows of it."""

    channel: Channel
    said: str
    refused: str
    state: AccountState


async def inspect(settings: Settings) -> tuple[list[Inspected], list[AccountState]]:
    """(the channels that are set up, accounts of earlier days that are not)."""
    store = open_store(settings)
    try:
        doorways = build_doorways(settings, LocalLive(), LocalRates())
        known = {(one.channel, one.account): one for one in store.read_now(accounts.account_states)}
        found = await asyncio.gather(*(_ask(channel, store) for channel in doorways.channels))
        inspected = [
            Inspected(channel, said, refused, known.pop(_place(channel), AccountState(*_place(channel))))
            for channel, said, refused in found
        ]
        return inspected, list(known.values())
    finally:
        store.close()


async def _ask(channel: Channel, store: Store) -> tuple[Channel, str, str]:
    """Let the vendor say who we are; that it did is remembered."""
    try:
        said, refused = await ask(channel)
    except SettingsError as error:
        return channel, "", str(error)
    if not refused:
        store.submit(partial(accounts.note_verified, channel=channel.name, account=channel.account)).result()
    return channel, said, refused


def show(inspected: list[Inspected], gone: list[AccountState], out: Console) -> None:
    """The list, for people."""
    table = Table("channel", "account", "state", "last message", "waiting")
    for one in inspected:
        table.add_row(*map(escape, (*_place(one.channel), _state(one), _when(one.state.heard_at), _waiting(one.state))))
    for state in gone:
        cells = (state.channel, state.account, "not set up any more", _when(state.heard_at), _waiting(state))
        table.add_row(*map(escape, cells), style="dim")
    out.print(table)


def _state(one: Inspected) -> str:
    if one.refused:
        return f"refused: {one.refused}"
    if one.state.failing_since is not None:
        return f"failing since {_when(one.state.failing_since)}: {one.state.failure}"
    return f"verified: {one.said}" if one.said else "set up"


def _when(at: datetime | None) -> str:
    return "never" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def _waiting(state: AccountState) -> str:
    if not state.waiting:
        return "nothing"
    later = state.next_at is not None and state.next_at > now()
    return f"{state.waiting}, next at {_when(state.next_at)}" if later else f"{state.waiting}"


def _place(channel: Channel) -> tuple[str, str]:
    return channel.name, channel.account


async def try_out(settings: Settings, name: str, to: str | None, within: float, out: Console) -> bool:
    """Try a channel, `name` or `name/account`, step by step; returns whether all went well. SettingsError where it is not set up."""
    store = open_store(settings)
    try:
        doorways = build_doorways(settings, LocalLive(), LocalRates())
        channel = _named(doorways, name)
        _, said, refused = await _ask(channel, store)
        _tell(out, not refused, refused or said or "nothing to ask: it is ours")
        good = not refused and await _try_doors(settings, doorways, channel, out)
        if not to:
            out.print("Name a chat with --to to send a test message and wait for the answer to it.")
            return good
        fresh = _named(build_doorways(settings, LocalLive(), LocalRates()), name)
        return good and await _try_message(store, fresh, to, within, out)
    finally:
        store.close()


def _named(doorways: Doorways, name: str) -> Channel:
    wanted, _, account = name.partition("/")
    found = [one for one in doorways.channels if one.name == wanted and account in ("", one.account)]
    if len(found) == 1:
        return found[0]
    names = ", ".join("/".join(_place(one)) for one in (found or doorways.channels))
    wrong = f"several accounts are called {name}" if found else f"no channel that is set up is called {name}"
    raise SettingsError([Fault("channels.name", wrong, f"choose one of {names}")])


async def _try_doors(settings: Settings, doorways: Doorways, channel: Channel, out: Console) -> bool:
    """Knock, from outside, as a stranger: a door that is there and shut to strangers says 401."""
    paths = [one.path for one in doorways.webhooks if channel.name in one.channels]
    good = True
    for path in paths:
        url = settings.url(f"/webhooks/{path}")
        try:
            async with (
                aiohttp.ClientSession(timeout=_DOOR_WITHIN) as session,
                session.post(url, data=b"{}", allow_redirects=False) as answer,
            ):
                fits, said = answer.status == 401, f"{url} answers a stranger with {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            fits, said = False, f"{url} cannot be reached from here: {type(error).__name__}"
        _tell(out, fits, said)
        good = good and fits
    return good


async def _try_message(store: Store, channel: Channel, to: str, within: float, out: Console) -> bool:
    """Send a word that only this test knows, and wait until somebody sends it back."""
    chat, _, thread = to.partition("#")
    key = ConversationKey(channel.name, channel.account, chat, thread)
    word = f"Test {secrets.randbelow(9000) + 1000}"
    began = now()
    text = f"Eine Probe. Bitte mit „{word}“ antworten. / This is a test. Please answer “{word}”."
    try:
        await channel.start()
        receipt = await channel.send(Outgoing(0, key, Reply(ReplyKind.AGENT, text), heard_at=began))
    except DeliveryError as error:
        _tell(out, False, f"not sent: {error.reason}")
        return False
    finally:
        await channel.close()
    _tell(out, True, f"sent{f' as {receipt.message_id}' if receipt.message_id else ''}; waiting for “{word}” …")
    came = await _came_back(store, key, word, began, within)
    late = f"no “{word}” came back within {within:g} seconds: does a front line run, and was the answer sent?"
    _tell(out, came, "the answer has arrived" if came else late)
    return came


async def _came_back(store: Store, key: ConversationKey, word: str, began: datetime, within: float) -> bool:
    of_chat = (
        conversation.c.channel == key.channel,
        conversation.c.account == key.account,
        conversation.c.chat == key.chat,
    )
    texts = select(message.c.text).join(conversation).where(*of_chat, message.c.received_at >= began)

    def look(connection: Connection) -> bool:
        return any(word in text for text in connection.execute(texts).scalars())

    try:
        async with asyncio.timeout(within):
            while True:
                if await store.read(look):
                    return True
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        return False


def _tell(out: Console, good: bool, what: str) -> None:
    out.print(f"[green]✓[/green] {escape(what)}" if good else f"[red]✗[/red] {escape(what)}")
