"""The examples of content can be used as they stand."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import yaml
from rich.console import Console

from bot.assembly import front_line
from bot.domain.answer import Answer
from bot.knowledge.files import read_answers, read_small_talk
from bot.serving import import_folder
from bot.settings import Rasa, Settings
from tests.docs.pages import coded, fences, rows

LIVE_WITHIN = 5.0  # seconds
CONTENT = fences("docs/content.md", "yaml")
ANSWERS = [block for block in CONTENT if "topic" in yaml.safe_load(block)]
(SMALL_TALK,) = [block for block in CONTENT if "nlu" in yaml.safe_load(block)]


def written(folder: Path) -> Path:
    """The examples of answers and small talk as files of a content folder."""
    (folder / "answers").mkdir(parents=True)
    (folder / "rasa").mkdir()
    for number, block in enumerate(ANSWERS):
        (folder / "answers" / f"{number}.yml").write_text(block, encoding="utf-8")
    (folder / "rasa" / "nlu.yml").write_text(SMALL_TALK, encoding="utf-8")
    return folder


def test_the_examples_of_content_can_be_read(tmp_path: Path) -> None:
    content = written(tmp_path / "content")
    by_kind = {item.kind: item for item in read_answers(content / "answers")}
    assert set(by_kind) == {"faq", "community"}
    assert {text.language for text in by_kind["faq"].texts} == {"de", "en"}
    best = by_kind["community"].best_reply()
    assert best is not None
    assert best.author == "Sabine_H"
    assert read_small_talk(content / "rasa/nlu.yml") == {"thanks": ["danke", "vielen dank", "thanks a lot"]}


def test_every_key_of_an_answer_is_explained() -> None:
    told = {key for row in rows("docs/content.md", "## Answers") for key in coded(row[0])}
    faq = yaml.safe_load(ANSWERS[0])
    (answer,) = faq["answers"]
    assert set(faq) - {"answers"} | set(answer) | set(answer["de"]) == told


async def test_what_is_imported_is_live_in_a_running_front_line(tmp_path: Path) -> None:
    """Also where nothing but the text of an answer has changed."""
    content = written(tmp_path / "content")
    settings = Settings(home=tmp_path / "home", content=content, port=0, rasa=Rasa(enabled=False))
    out = Console(file=io.StringIO())
    await asyncio.to_thread(import_folder, settings, content / "answers", out)
    async with front_line(settings) as running:
        file = content / "answers/0.yml"
        file.write_text(file.read_text(encoding="utf-8").replace("zehn Tage", "elf Tage"), encoding="utf-8")
        await asyncio.to_thread(import_folder, settings, content / "answers", out)
        async with asyncio.timeout(LIVE_WITHIN):
            while not _says(running.library.get("bill-due-date"), "elf Tage"):  # the library tells nobody
                await asyncio.sleep(0.05)


def _says(item: Answer | None, words: str) -> bool:
    return item is not None and words in item.text_in("de").text
