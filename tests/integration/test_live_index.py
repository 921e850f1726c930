"""What is published is what reads: through a real store, by the bot's brain and by the reader in Rasa's process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.assembly import front_line
from bot.brain.local import LocalBrain
from bot.domain.answer import Answer, AnswerText, Phrasing
from bot.keeper import Keeper
from bot.knowledge.publishing import import_answers
from bot.settings import Rasa, Settings
from bot.snapshots import Publisher, snapshots
from bot.storage.store import Store
from nlu.components.source import Source
from nlu.folder import SnapshotFolder
from nlu.reading import Context
from nlu.snapshot import PATCHED, version_of

LIVE_WITHIN = 5.0  # seconds
FITTED_WITHIN = 100.0  # seconds: a fit gives way to whatever else runs
ASKED = {
    "sim-block": ("SIM-Karte sperren", "karte verloren sperren", "sim karte gestohlen", "block my sim"),
    "bill-due": ("Wann ist die Rechnung fällig?", "wann wird abgebucht", "fälligkeit rechnung", "due date"),
    "router-reset": ("Router neu starten", "router zurücksetzen", "fritzbox reset", "restart the router"),
}
ESIM = ("Wie bestelle ich eine eSIM?", "esim bestellen", "gibt es die karte digital", "qr code für die esim")


def answer(slug: str, texts: tuple[str, ...]) -> Answer:
    """An answer that is asked for in these words."""
    return Answer(
        id=slug,
        kind="faq",
        topic="help",
        topic_titles=(("de", "Hilfe"),),
        texts=(AnswerText("de", texts[0], f"So geht {slug}."),),
        phrasings=tuple(Phrasing("de", text) for text in texts[1:]),
    )


BEFORE = [answer(slug, texts) for slug, texts in ASKED.items()]
AFTER = [*BEFORE, answer("esim-order", ESIM)]


class NoFit:
    """A fit that never ends by itself."""

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A front line with small talk of its own and no urgency to learn."""
    (tmp_path / "content/rasa").mkdir(parents=True)
    talk = "nlu:\n- intent: greet\n  examples: |\n    - hallo\n    - guten tag\n    - hi\n"
    (tmp_path / "content/rasa/nlu.yml").write_text(talk, encoding="utf-8")
    return Settings(home=tmp_path, content=tmp_path / "content", port=0, rasa=Rasa(enabled=False))


@pytest.fixture
async def publish(store: Store) -> Callable[[list[Answer]], Any]:
    """Publishes exactly these answers."""

    async def put(items: list[Answer]) -> None:
        await store.write(lambda connection: import_answers(connection, items))

    return put


@pytest.fixture
async def publisher(settings: Settings, store: Store, publish: Any) -> Publisher:
    """A publisher whose folder holds a snapshot fitted to three answers."""
    await publish(BEFORE)
    publisher = Publisher(settings, store)
    publisher.fit()
    return publisher


@pytest.fixture
def readers(settings: Settings, publisher: Publisher) -> list[Callable[[str], tuple[str, ...]]]:
    """How both readers find answers for a text; both have read before."""
    brain, source = LocalBrain(snapshots(settings)), Source(settings.home / "snapshots")

    def at_the_bot(text: str) -> tuple[str, ...]:
        return tuple(found.answer_id for found in brain.read_now(text, {}).candidates)

    def at_rasa(text: str) -> tuple[str, ...]:
        return tuple(found.answer_id for found in source.read(text, Context()).candidates)

    found: list[Callable[[str], tuple[str, ...]]] = [at_the_bot, at_rasa]
    assert all(read("sim karte gestohlen")[0] == "sim-block" for read in found)
    return found


def eventually(check: Callable[[], bool]) -> None:
    """The check becomes true in time."""
    end = time.monotonic() + LIVE_WITHIN
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


async def test_both_readers_find_a_patched_answer_and_forget_an_archived_one(
    publisher: Publisher, readers: list[Callable[[str], tuple[str, ...]]], publish: Any
) -> None:
    await publish(AFTER)
    assert publisher.patch(publisher.content())
    for read in readers:
        eventually(lambda read=read: read("esim bestellen")[:1] == ("esim-order",))  # type: ignore[misc]
    await publish([item for item in AFTER if item.id != "sim-block"])
    assert publisher.patch(publisher.content())
    for read in readers:
        eventually(lambda read=read: "sim-block" not in read("sim karte gestohlen"))  # type: ignore[misc]


async def test_both_readers_read_alike_by_the_same_patched_snapshot(
    settings: Settings, publisher: Publisher, publish: Any
) -> None:
    await publish(AFTER)
    publisher.patch(publisher.content())
    brain, source = LocalBrain(snapshots(settings)), Source(settings.home / "snapshots")
    for text in (*ESIM, "sim karte gestohlen", "hallo", "xyzzy"):
        assert brain.read_now(text, {}) == source.read(text, Context())


async def test_patches_go_back_to_the_fitted_snapshot_however_many_there_are(
    publisher: Publisher, publish: Any
) -> None:
    fitted = publisher.folder.version()
    for number in range(8):
        await publish([*BEFORE, answer("esim-order", (*ESIM, f"esim variante {number}"))])
        fresh = Publisher(publisher._settings, publisher._store)  # another process, which has to read the base
        assert fresh.patch(fresh.content())
        assert (fresh.folder.version() or "").partition(PATCHED)[2] == fitted


async def test_without_anything_fitted_there_is_nothing_to_patch(
    settings: Settings, store: Store, publish: Any
) -> None:
    await publish(BEFORE)
    publisher = Publisher(settings, store)
    assert not publisher.patch(publisher.content())
    assert publisher.folder.version() is None


async def test_the_keeper_patches_at_once_and_has_it_fitted(publisher: Publisher, store: Store, publish: Any) -> None:
    fits: list[NoFit] = []
    keeper = Keeper(publisher, store, lambda: fits.append(NoFit()) or fits[-1])  # type: ignore[func-returns-value]
    keeper.look()
    assert fits == []
    await publish(AFTER)
    keeper.look()
    assert publisher.is_live(publisher.content())
    assert not publisher.is_fitted(publisher.content())
    keeper.look()
    assert len(fits) == 1, "one fit for one content"
    publisher.fit()
    keeper.look()
    assert publisher.is_fitted(publisher.content())
    assert len(fits) == 1


async def test_a_fit_to_what_has_changed_again_is_ended(publisher: Publisher, store: Store, publish: Any) -> None:
    fits: list[NoFit] = []
    keeper = Keeper(publisher, store, lambda: fits.append(NoFit()) or fits[-1])  # type: ignore[func-returns-value]
    await publish(AFTER)
    keeper.look()
    await publish(AFTER[1:])
    keeper.look()
    assert [fit.killed for fit in fits] == [True, False]
    await publish(BEFORE)
    keeper.look()
    assert [fit.killed for fit in fits] == [True, True], "what is fitted already is not fitted again"
    assert publisher.is_fitted(publisher.content())


@pytest.mark.timeout(200)
async def test_a_running_front_line_gives_and_stops_giving_by_itself(
    settings: Settings, publisher: Publisher, publish: Any
) -> None:
    """Nothing but the store is touched; the keeper's own process does the rest, fit included."""
    source, folder = Source(settings.home / "snapshots"), SnapshotFolder(settings.home / "snapshots")
    async with front_line(settings) as running:
        async with asyncio.timeout(FITTED_WITHIN):
            await running.store.write(lambda connection: import_answers(connection, AFTER))
            while not running.library.search("esim bestellen", "de"):
                await asyncio.sleep(0.05)
            wanted = version_of(publisher.content().version)
            while folder.version() != wanted:
                await asyncio.sleep(0.1)
        expiring = replace(AFTER[-1], valid_until=datetime.now(UTC) + timedelta(seconds=1))
        await running.store.write(lambda connection: import_answers(connection, [*BEFORE, expiring]))
        async with asyncio.timeout(1 + LIVE_WITHIN):
            while running.library.get("esim-order") is not None or "esim-order" in found(source, "esim bestellen"):
                await asyncio.sleep(0.05)


def found(source: Source, text: str) -> list[str]:
    """The ids of all candidates."""
    return [candidate.answer_id for candidate in source.read(text, Context()).candidates]
