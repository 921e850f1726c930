"""What people decide is learned from: through a real store, and by a fit of a small content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.conversation import ConversationKey
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import Button, EventKind, InboundEvent, MessageState
from bot.domain.reading import Urgency
from bot.keeper import Keeper
from bot.knowledge.publishing import import_answers
from bot.settings import Rasa, Settings
from bot.snapshots import Learned, Publisher, learned_content
from bot.storage import cases, intake
from bot.storage.conversations import note_outcome
from bot.storage.corrections import correct_urgency, name_right_answer
from bot.storage.store import Store
from bot.storage.tables import conversation, outcome, right_answer, urgency_correction
from nlu.reading import Level
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.integration.test_live_index import BEFORE, NoFit
from tests.settled import settle

PLACES = ("keller", "wohnung", "laden", "werkstatt", "praxis", "kita", "garage", "küche")
LONG_AGO = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A front line with small talk of its own, and labelled messages about bees that nobody finds urgent."""
    (tmp_path / "content/rasa").mkdir(parents=True)
    (tmp_path / "content/urgency").mkdir()
    talk = "nlu:\n- intent: greet\n  examples: |\n    - hallo\n    - guten tag\n    - hi\n"
    (tmp_path / "content/rasa/nlu.yml").write_text(talk, encoding="utf-8")
    calm = [f"wie wird der {place} mit internet versorgt\tnormal\t\tde" for place in PLACES]
    urgent = [f"mein handy wurde in der {place} gestohlen, sperrt die karte\thigh\tsim_stolen\tde" for place in PLACES]
    lines = ["text\tlevel\treason\tlanguage", *calm, *urgent]
    (tmp_path / "content/urgency/some.tsv").write_text("\n".join(lines), encoding="utf-8")
    return Settings(home=tmp_path, content=tmp_path / "content", port=0, rasa=Rasa(enabled=False))


class Customers:
    """People who write, each in a conversation of their own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0

    async def event(self, kind: EventKind, text: str = "", *, about: int | None = None) -> int:
        """Something from a customer: the next one, or the one who is message `about`."""
        self.count += about is None
        who = about or self.count
        event = InboundEvent(
            ConversationKey("web", "site", f"chat-{who}"),
            f"{kind.value}-{who}-{text}",
            kind,
            f"message-{who}",
            text,
            button=Button("human", "", text) if kind is EventKind.BUTTON else None,
            language="de",
        )
        await self.store.write(lambda connection: intake.accept(connection, [event]) and None)
        return who

    async def asks(self, text: str, *, kind: EventKind = EventKind.MESSAGE, **reading: Any) -> int:
        """Somebody new asks, and a case is opened. Messages, conversations and cases are counted alike."""
        who = await self.event(kind, text)
        read = {"language": "de", "intent": "question", "notes": [], "decision": {"kind": "clarify"}, **reading}

        def unit(connection: Any) -> None:
            settle(connection, who, MessageState.WITH_AGENT, reading=read)
            handoff = Handoff(HandoffReason.UNSURE, Urgency.NORMAL)
            cases.open_case(connection, who, handoff, text, message_id=who)

        await self.store.write(unit)
        return who


@pytest.fixture
def customers(store: Store) -> Customers:
    return Customers(store)


@pytest.fixture
def _this_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No full hour strikes while the test runs."""
    began = datetime.now(UTC)
    monkeypatch.setattr("bot.keeper.now", lambda: began)
    monkeypatch.setattr("bot.snapshots.now", lambda: began)


async def past(store: Store) -> None:
    """Two hours go by for whatever people decided."""
    for table in (urgency_correction, right_answer, outcome):
        await store.write(
            lambda connection, table=table: connection.execute(update(table).values(at=LONG_AGO)) and None
        )


async def urgent(store: Store, case_id: int, level: Urgency = Urgency.EMERGENCY, reason: str = "danger") -> None:
    await store.write(lambda connection: correct_urgency(connection, case_id, 1, level, reason))


async def right(store: Store, message_id: int, answer_id: str | None) -> None:
    await store.write(lambda connection: name_right_answer(connection, message_id, 1, message_id, answer_id))


async def helped(store: Store, message_id: int, answer_id: str, kind: str = "helped") -> None:
    await store.write(
        lambda connection: note_outcome(connection, message_id, message_id, answer_id, kind, question_id=message_id)
    )


def learned(store: Store) -> Learned:
    return learned_content(store, {item.id for item in BEFORE})


async def test_all_three_sources_are_learned_from(store: Store, customers: Customers) -> None:
    first, second, third = [await customers.asks(text) for text in ("es summt", "karte weg", "wann abbuchung")]
    await urgent(store, first)
    await right(store, second, "sim-block")
    await helped(store, third, "bill-due")
    await past(store)
    found = learned(store)
    assert [(one["text"], one["level"], one["reason"]) for one in found.urgency] == [
        ("es summt", "emergency", "danger")
    ]
    assert [(one["text"], one["answer_ids"]) for one in found.outcomes] == [
        ("karte weg", ["sim-block"]),
        ("wann abbuchung", ["bill-due"]),
    ]


async def test_the_last_word_on_a_message_counts(store: Store, customers: Customers) -> None:
    for text in ("es summt", "karte weg", "wann abbuchung"):
        await customers.asks(text)
    await urgent(store, 1)
    await urgent(store, 1, Urgency.LOW, "")
    await right(store, 2, "sim-block")
    await right(store, 2, None)
    await helped(store, 3, "bill-due")
    await helped(store, 3, "bill-due", "not_helped")
    await past(store)
    found = learned(store)
    assert [one["level"] for one in found.urgency] == ["low"]
    assert [(one["text"], one["answer_ids"]) for one in found.outcomes] == [("karte weg", [])]


async def test_follow_ups_and_small_talk_teach_no_answer(store: Store, customers: Customers) -> None:
    await customers.asks("und was kostet das?", notes=["follow_up", "price"])
    await customers.asks("danke", intent="thanks")
    for message_id in (1, 2):
        await helped(store, message_id, "bill-due")
    await past(store)
    assert learned(store).outcomes == []


async def test_buttons_teach_nothing(store: Store, customers: Customers) -> None:
    await customers.asks("Mit einem Menschen sprechen", kind=EventKind.BUTTON)
    await urgent(store, 1)
    await helped(store, 1, "bill-due")
    await past(store)
    assert learned(store) == Learned([], [])


@pytest.mark.parametrize("happens", [EventKind.DELETE, EventKind.BLOCKED])
async def test_the_deleted_and_the_blocked_teach_nothing(
    store: Store, customers: Customers, happens: EventKind
) -> None:
    await customers.asks("karte weg")
    await urgent(store, 1)
    await right(store, 1, "sim-block")
    await past(store)
    assert learned(store) != Learned([], [])
    await customers.event(happens, about=1)
    assert learned(store) == Learned([], [])


async def test_an_edited_message_teaches_as_it_stands_now(store: Store, customers: Customers) -> None:
    await customers.asks("karte weg, ich bin Erika")
    await right(store, 1, "sim-block")
    await past(store)
    await customers.event(EventKind.EDIT, "karte weg", about=1)
    assert [one["text"] for one in learned(store).outcomes] == ["karte weg"]


async def test_a_language_the_bot_does_not_speak_is_not_learned(store: Store, customers: Customers) -> None:
    await customers.asks("kart kayıp", language="other")
    await right(store, 1, "sim-block")
    await past(store)
    assert [one["language"] for one in learned(store).outcomes] == ["de"], "the conversation's own language"
    await store.write(lambda connection: connection.execute(update(conversation).values(language="tr")) and None)
    assert learned(store).outcomes == []


async def test_nothing_of_a_person_gets_into_a_snapshot(store: Store, customers: Customers, settings: Settings) -> None:
    await store.write(lambda connection: import_answers(connection, BEFORE))
    await customers.asks("sperrt 0151 2345678, IBAN DE89370400440532013000, erika@example.com, Kundennummer 48213")
    await urgent(store, 1, Urgency.HIGH, "sim_stolen")
    await right(store, 1, "sim-block")
    await past(store)
    publisher = Publisher(settings, store)
    publisher.fit()
    files = [path for path in (settings.home / "snapshots").rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    assert b"mail@example.org" in written
    for secret in (b"2345678", b"370400440532013000", b"erika", b"48213"):
        assert secret not in written


@pytest.mark.usefixtures("_this_hour")
async def test_an_agents_word_changes_how_similar_messages_are_read_after_the_fit(
    store: Store, customers: Customers, settings: Settings
) -> None:
    await store.write(lambda connection: import_answers(connection, BEFORE))
    publisher = Publisher(settings, store)
    before, _ = publisher.fit()
    for place in PLACES:
        await urgent(store, await customers.asks(f"ein bienenschwarm im {place} seit ihr gebohrt habt"))
    assert publisher.is_fitted(publisher.content()), "the words of this hour still gather"
    await past(store)
    after, fresh = publisher.fit()

    def read(snapshot: Snapshot) -> Level:
        return Understanding(snapshot).read("Hilfe, da ist ein bienenschwarm im büro").urgency.level

    assert fresh
    assert (read(before), read(after)) == (Level.NORMAL, Level.EMERGENCY)
    assert publisher.content().version == after.content.version


@pytest.mark.usefixtures("_this_hour")
async def test_the_keeper_has_the_words_of_an_hour_fitted_at_once_and_not_one_by_one(
    store: Store, customers: Customers, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.write(lambda connection: import_answers(connection, BEFORE))
    publisher = Publisher(settings, store)
    publisher.fit()
    fits: list[NoFit] = []
    keeper = Keeper(publisher, store, lambda: fits.append(NoFit()) or fits[-1])  # type: ignore[func-returns-value]
    for place in PLACES[:3]:
        await urgent(store, await customers.asks(f"ein bienenschwarm im {place}"))
        keeper.look()
    assert fits == []
    later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("bot.keeper.now", lambda: later)
    monkeypatch.setattr("bot.snapshots.now", lambda: later)
    for _ in range(3):
        keeper.look()
    assert len(fits) == 1
    assert len(publisher.content().urgency) == 2 * len(PLACES) + 3


async def test_the_newest_are_learned_from(store: Store, customers: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.learned.NEWEST", 2)
    for number in range(4):
        await urgent(store, await customers.asks(f"es summt {number}"))
    await past(store)
    assert [one["text"] for one in learned(store).urgency] == ["es summt 2", "es summt 3"]
