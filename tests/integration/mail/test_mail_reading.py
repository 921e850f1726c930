"""Mails in a real Dovecot: what was read is durable before it is marked, and nothing is read twice or passed over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.mail import MailChannel
from bot.channels.mail.mailbox import Mailbox, Place
from bot.domain.message import EventKind, InboundEvent
from bot.errors import DeliveryError, StorageFull
from bot.storage import intake
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.storage.tables import message
from tests.integration.mail.conftest import MakeChannel, imap
from tests.post import Dovecot


def mail(text: str, number: int | str = 1, more: str = "") -> bytes:
    """A customer's mail."""
    lines = ["From: Anna <anna@example.org>", f"Message-ID: <{number}@example.org>", "Subject: Frage", more]
    head = "\r\n".join(line for line in lines if line)
    return f"{head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


class Keeper:
    """What the product does with a polling channel: loads its progress, and commits what it accepts."""

    def __init__(self, channel: MailChannel, store: Store) -> None:
        self.channel = channel
        self.store = store
        self.refuse: list[Exception] = []
        self.events: list[InboundEvent] = []

    async def accept(self, events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
        """Commit, or fail as `refuse` demands."""
        if self.refuse:
            raise self.refuse.pop()
        await self.store.write(lambda connection: intake.accept(connection, events, progress))
        self.events.extend(events)

    async def until(self, count: int) -> None:
        """Until so many events are stored."""
        await eventually(lambda: len(self.events) >= count)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Poll from the stored progress on; cancelled at the end, as by a kill."""
        account = self.channel.account
        progress = await self.store.read(lambda connection: load_progress(connection, "mail", account))
        task = asyncio.create_task(self.channel.poll(progress, self.accept))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def eventually(holds: Callable[[], bool], within: float = 30.0) -> None:
    """Until something holds that another process brings about."""
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.02)


@pytest.fixture
def keeper(make_channel: MakeChannel, mailbox: Dovecot, store: Store) -> Keeper:
    return Keeper(make_channel(imap=imap(mailbox.port)), store)


async def texts(store: Store) -> list[str]:
    rows = await store.read(lambda connection: connection.execute(select(message.c.text).order_by(message.c.id)).all())
    return [row.text for row in rows]


async def test_a_mail_is_stored_and_marked_as_read(keeper: Keeper, mailbox: Dovecot, store: Store) -> None:
    mailbox.deliver(mail("Grüß Gott, mein Anschluß ist tot 😀"))
    async with keeper.polling():
        await eventually(lambda: mailbox.unread() == 0)
    assert await texts(store) == ["Grüß Gott, mein Anschluß ist tot 😀"]


async def test_what_comes_while_we_wait_is_told_by_the_server(keeper: Keeper, mailbox: Dovecot, store: Store) -> None:
    async with keeper.polling():
        for number, text in enumerate(("eins", "zwei", "drei"), 1):
            await asyncio.to_thread(mailbox.deliver, mail(text, number))
            await keeper.until(number)
    assert await texts(store) == ["eins", "zwei", "drei"]


def test_what_is_told_beside_an_answer_is_not_waited_for(mailbox: Dovecot) -> None:
    reader = Mailbox(imap(mailbox.port))
    try:
        assert reader.idle(0.05)  # what was there when the folder was opened
        assert not reader.idle(0.05)
        mailbox.deliver(mail("Hallo"))
        assert (
            reader.new(Place(reader.validity, reader.last_uid + 1)) == []
        )  # the server answers, and tells of the mail
        assert reader.idle(0.05)
        assert not reader.idle(0.05)
    finally:
        reader.close()


async def test_a_mail_is_marked_only_once_it_is_stored(keeper: Keeper, mailbox: Dovecot) -> None:
    mailbox.deliver(mail("Hallo"))
    keeper.refuse = [StorageFull("no room")]
    async with keeper.polling():
        await eventually(lambda: not keeper.refuse)
        assert mailbox.unread() == 1
        await eventually(lambda: mailbox.unread() == 0)
    assert [event.text for event in keeper.events] == ["Hallo"]


async def test_a_reader_killed_between_commit_and_mark_stores_once(
    keeper: Keeper, mailbox: Dovecot, store: Store
) -> None:
    mailbox.deliver(mail("Nur einmal"))
    committed = asyncio.Event()

    async def commit_and_die(events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
        await store.write(lambda connection: intake.accept(connection, events, {}))  # the progress is lost as well
        committed.set()
        await asyncio.Event().wait()

    doomed = asyncio.create_task(keeper.channel.poll({}, commit_and_die))
    await committed.wait()
    doomed.cancel()
    assert mailbox.unread() == 1
    async with keeper.polling():
        await eventually(lambda: mailbox.unread() == 0)
    assert await texts(store) == ["Nur einmal"]


async def test_what_others_have_read_before_the_first_start_is_left_alone(
    keeper: Keeper, mailbox: Dovecot, store: Store
) -> None:
    mailbox.deliver(mail("längst beantwortet", 1), seen=True)
    mailbox.deliver(mail("noch offen", 2))
    mailbox.deliver(mail("auch beantwortet", 3), seen=True)
    async with keeper.polling():
        await keeper.until(1)
        await asyncio.to_thread(mailbox.deliver, mail("neu", 4))
        await keeper.until(2)
    assert await texts(store) == ["noch offen", "neu"]


async def test_what_somebody_has_opened_meanwhile_is_answered_all_the_same(
    keeper: Keeper, mailbox: Dovecot, store: Store
) -> None:
    mailbox.deliver(mail("eins", 1))
    async with keeper.polling():
        await keeper.until(1)
    mailbox.deliver(mail("zwei", 2), seen=True)
    async with keeper.polling():
        await keeper.until(2)
    assert await texts(store) == ["eins", "zwei"]


async def test_a_folder_that_was_made_anew_is_read_without_repeating(
    keeper: Keeper, mailbox: Dovecot, store: Store
) -> None:
    mailbox.deliver(mail("alt", 1))
    async with keeper.polling():
        await keeper.until(1)
    progress = {"validity": 1, "uid": 900}  # what the folder was called before
    await store.write(lambda connection: intake.accept(connection, [keeper.events[0]], progress))
    mailbox.deliver(mail("neu", 2))
    async with keeper.polling():
        await keeper.until(2)
    assert await texts(store) == ["alt", "neu"]


async def test_taken_mails_are_moved_where_a_folder_is_named(
    make_channel: MakeChannel, mailbox: Dovecot, store: Store
) -> None:
    keeper = Keeper(make_channel(imap=imap(mailbox.port, processed="Done")), store)
    mailbox.deliver(mail("weg damit"))
    async with keeper.polling():
        await keeper.until(1)
        await eventually(lambda: _count(mailbox, "Done") == 1)
    assert _count(mailbox, "INBOX") == 0


def _count(mailbox: Dovecot, folder: str) -> int:
    with mailbox.opened(folder) as client:
        return len(client.search("ALL"))


async def test_a_server_that_was_away_is_found_again(keeper: Keeper, mailbox: Dovecot, store: Store) -> None:
    mailbox.deliver(mail("vorher", 1))
    async with keeper.polling():
        await keeper.until(1)
        await asyncio.to_thread(mailbox.stop)
        await asyncio.to_thread(mailbox.start)
        await asyncio.to_thread(mailbox.deliver, mail("nachher", 2))
        await keeper.until(2)
    assert await texts(store) == ["vorher", "nachher"]


async def test_a_mail_nobody_understands_does_not_stop_the_others(
    keeper: Keeper, mailbox: Dovecot, store: Store
) -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(200))
    for raw in (b"\x80\x00\r\n\r\n", b"From: a@b.example\r\n" + nested, mail("und ich?", 3)):
        mailbox.deliver(raw)
    async with keeper.polling():
        await keeper.until(3)
    assert [event.kind for event in keeper.events] == [EventKind.IGNORED, EventKind.IGNORED, EventKind.MESSAGE]
    assert await texts(store) == ["und ich?"]


async def test_of_a_very_large_mail_the_beginning_is_read(
    keeper: Keeper, mailbox: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.mail.mailbox.MAX_MAIL", 5_000)
    monkeypatch.setattr("bot.channels.mail.mailbox.BEGINNING", 2_000)
    mailbox.deliver(mail("Beginn " + "x" * 10_000))
    async with keeper.polling():
        await keeper.until(1)
    assert keeper.events[0].text.startswith("Beginn xxx")
    assert len(keeper.events[0].text) < 2_000


async def test_a_check_logs_in_at_both(make_channel: MakeChannel, mailbox: Dovecot) -> None:
    said = await make_channel(imap=imap(mailbox.port)).check()
    assert re.fullmatch(r"service@fernblick\.example sends over 127\.0\.0\.1 and reads INBOX at 127\.0\.0\.1", said)
    with pytest.raises(DeliveryError, match="no folder 'Elsewhere'"):
        await make_channel(imap=imap(mailbox.port, processed="Elsewhere")).check()
    with pytest.raises(DeliveryError, match="refuses login"):
        await make_channel(imap=imap(mailbox.port).model_copy(update={"login": "nobody", "password": None})).check()
