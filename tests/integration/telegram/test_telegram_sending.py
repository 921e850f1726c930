"""What is sent arrives as meant, and what fails is told truly: permanent or not, certain or not."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.channels.telegram import TelegramChannel
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind
from bot.errors import DeliveryError
from bot.rates import LocalRates
from bot.storage.store import Store
from tests.fakes.telegram import TOKEN, FakeTelegram, Lost
from tests.fakes.telegram_bench import CUSTOMER, GROUP, Desk, channel_to, saying, settings
from tests.fakes.telegram_rules import Refusal


async def test_a_reply_arrives_with_its_formatting(telegram: FakeTelegram) -> None:
    telegram.chat(CUSTOMER)
    async with channel_to(telegram) as channel:
        text = "😀 **Zwei Wege:**\n\n1. [Mein Fernblick](https://mein.fernblick.example)\n2. `*100#` wählen <b>x</b>"
        receipt = await channel.send(saying(text, markdown=True))
    sent = telegram.chats[CUSTOMER].messages[-1]
    assert receipt.message_id == str(sent["message_id"])
    assert sent["text"] == "😀 Zwei Wege:\n\n1. Mein Fernblick\n2. *100# wählen <b>x</b>"
    assert [(entity["type"], entity["offset"]) for entity in sent["entities"]] == [
        ("bold", 3),
        ("text_link", 18),
        ("code", 36),
    ]


async def test_a_reply_goes_to_the_topic_it_belongs_to(telegram: FakeTelegram) -> None:
    telegram.chat(GROUP, topics={77})
    async with channel_to(telegram) as channel:
        await channel.send(saying("Im Thema", chat=GROUP, thread="77"))
        await channel.typing(ConversationKey("telegram", "4242", str(GROUP), "77"))
    assert telegram.chats[GROUP].messages[-1]["message_thread_id"] == 77
    assert telegram.called("sendChatAction") == [{"chat_id": GROUP, "action": "typing", "message_thread_id": 77}]


async def test_a_long_reply_comes_in_parts_with_the_buttons_last(telegram: FakeTelegram) -> None:
    telegram.chat(CUSTOMER)
    async with channel_to(telegram) as channel:
        receipt = await channel.send(saying("Satz 😀. " * 1000, buttons=(Button("human", label="Mensch"),)))
    replies = telegram.chats[CUSTOMER].messages
    assert "".join("".join(telegram.replies(CUSTOMER)).split()) == "Satz😀." * 1000
    assert ["reply_markup" in reply for reply in replies] == [False] * (len(replies) - 1) + [True]
    assert receipt.message_id == str(replies[-1]["message_id"])


FAULTS = [
    (Refusal(429, "Too Many Requests: retry after 12", {"retry_after": 12}), (False, True, 12.0)),
    (Refusal(403, "Forbidden: bot was blocked by the user"), (True, True, None)),
    (Refusal(403, "Forbidden: bot was kicked from the supergroup chat"), (True, True, None)),
    (Refusal(401, "Unauthorized"), (True, True, None)),
    (Refusal(500, "Internal Server Error"), (False, False, None)),
    (Refusal(502, "Bad Gateway"), (False, False, None)),
    (Lost(reset=True), (False, False, None)),
    (Lost(), (False, False, None)),
]


@pytest.mark.parametrize(("fault", "meaning"), FAULTS, ids=[str(fault) or "400" for fault, _ in FAULTS])
async def test_what_a_failure_means(
    telegram: FakeTelegram, fault: Refusal | Lost, meaning: tuple[bool, bool, float | None]
) -> None:
    telegram.chat(CUSTOMER)
    telegram.fail_next("sendMessage", fault)
    patience = 0.3 if fault == Lost() else 10.0
    async with channel_to(telegram, request_seconds=patience) as channel:
        with pytest.raises(DeliveryError) as failure:
            await channel.send(saying("Hallo"))
    told = failure.value
    assert (told.permanent, told.certain, told.retry_after) == meaning
    assert len(telegram.called("sendMessage")) == 1  # trying again is the outbox's decision
    assert TOKEN not in str(told)
    assert len(telegram.replies(CUSTOMER)) == isinstance(fault, Lost)


async def test_a_chat_that_is_not_there_is_final(telegram: FakeTelegram) -> None:
    async with channel_to(telegram) as channel:
        with pytest.raises(DeliveryError, match="Chat not found") as failure:
            await channel.send(saying("Hallo", chat=999))
    assert (failure.value.permanent, failure.value.certain) == (True, True)
    assert telegram.mistakes == ["sendMessage: Bad Request: chat not found"]
    telegram.mistakes.clear()


async def test_a_group_that_moved_names_its_new_place(telegram: FakeTelegram) -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    telegram.chat(GROUP).refusal = Refusal(400, text, {"migrate_to_chat_id": -100777})
    async with channel_to(telegram) as channel:
        with pytest.raises(DeliveryError, match="-100777") as failure:
            await channel.send(saying("Hallo", chat=GROUP))
    assert (failure.value.permanent, failure.value.certain) == (True, True)
    telegram.mistakes.clear()


async def test_a_request_that_never_left_is_certain() -> None:
    async with FakeTelegram() as gone:
        unreachable = settings(gone)
    channel = TelegramChannel(unreachable)
    with pytest.raises(DeliveryError) as failure:
        await channel.send(saying("Hallo"))
    await channel.typing(saying("").key)
    await channel.close()
    assert (failure.value.permanent, failure.value.certain) == (False, True)


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS[:4]], ids=str)
async def test_a_reply_torn_in_the_middle_is_uncertain_whatever_tore_it(telegram: FakeTelegram, fault: Refusal) -> None:
    telegram.chat(CUSTOMER)

    async with channel_to(telegram) as channel:

        async def tear() -> None:
            await telegram.until(lambda: len(telegram.replies(CUSTOMER)) == 1)
            telegram.fail_next("sendMessage", fault)

        tearing = asyncio.create_task(tear())
        with pytest.raises(DeliveryError, match="1 of 2 parts") as failure:
            await channel.send(saying("Wort " * 1500))
        await tearing
    assert (failure.value.permanent, failure.value.certain, failure.value.retry_after) == (False, False, None)


async def test_after_a_429_the_chat_is_left_in_peace_as_long_as_asked(telegram: FakeTelegram) -> None:
    telegram.chat(CUSTOMER)
    telegram.fail_next("sendMessage", Refusal(429, "Too Many Requests: retry after 12", {"retry_after": 12}))
    now = [0.0]
    channel = TelegramChannel(settings(telegram), rates=LocalRates(lambda: now[0]))
    with pytest.raises(DeliveryError):
        await channel.send(saying("eins"))
    with pytest.raises(DeliveryError) as failure:
        await channel.send(saying("eins"))
    assert (failure.value.retry_after, failure.value.certain, failure.value.permanent) == (12, True, False)
    assert len(telegram.called("sendMessage")) == 1
    now[0] = 12
    await channel.send(saying("eins"))
    await channel.close()
    assert telegram.replies(CUSTOMER) == ["eins"]


async def test_a_block_is_an_event(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, (desk := Desk(channel, store)).polling():
        telegram.blocks(CUSTOMER)
        await telegram.until(lambda: len(telegram.updates) == 0)
        with pytest.raises(DeliveryError, match="blocked") as failure:
            await channel.send(saying("Hallo"))
    assert failure.value.permanent
    assert [event.kind for event in desk.events] == [EventKind.BLOCKED]


async def test_check_says_who_the_bot_is(telegram: FakeTelegram) -> None:
    async with channel_to(telegram) as channel:
        state = await channel.check()
    assert state == "@fernblick_bot (Fernblick) polls, reads in groups only what is said to it, 0 updates wait"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"token": "4242:AAF-revoked_token"}, "refuses the bot's token"),
        ({"base_url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
async def test_check_says_what_is_wrong(telegram: FakeTelegram, broken: dict[str, str], reason: str) -> None:
    channel = TelegramChannel(settings(telegram, **broken))
    with pytest.raises(DeliveryError, match=reason):
        await channel.check()
    await channel.close()


async def test_no_log_at_any_level_holds_the_token(
    telegram: FakeTelegram, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.chat(CUSTOMER)
    async with channel_to(telegram) as channel:
        for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "telegram.Bot"):
            logging.getLogger(name).setLevel(logging.DEBUG)  # an operator who wants to see everything
        telegram.fail_next("getUpdates", Lost(reset=True))
        async with Desk(channel, store).polling():
            await channel.send(saying("Hallo"))
            telegram.customer_says(CUSTOMER, "Hallo")
            await telegram.until(lambda: len(telegram.updates) == 0)
    await TelegramChannel(settings(telegram)).close()
    assert "HTTP Request: POST" in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text
    assert TOKEN not in repr(settings(telegram))
