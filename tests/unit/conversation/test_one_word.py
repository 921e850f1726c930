"""The machine is called by one word wherever customers read of it: Computerprogramm and Programm, computer program and program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
OTHER_WORDS = re.compile(
    r"\b(?:maschinen?|(?:chat-?)?bots?|roboter|assistent(?:en|in)?|(?<!answering )machines?|robots?|assistants?|ki|ai)\b",
    re.IGNORECASE,
)
PLACE = re.compile(r"\{\w+\}")
TEXTS = ("bot/conversation/wording.yml", "bot/web/chat/texts.yml", "bot/web/answers/texts.yml")


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def said(text: str) -> list[str]:
    return OTHER_WORDS.findall(PLACE.sub("", text))


@pytest.mark.parametrize("path", TEXTS)
def test_no_text_has_another_word_for_the_machine(path: str) -> None:
    assert [text for text in strings(read(path)) if said(text)] == []


def test_no_sample_answer_of_the_company_has_one() -> None:
    found = []
    for path in sorted((ROOT / "data/answers").glob("*.yml")):
        for answer in yaml.safe_load(path.read_text(encoding="utf-8"))["answers"]:
            own = [{**answer[language], "phrasings": []} for language in ("de", "en") if language in answer]
            found += [(answer["id"], text) for text in strings(own) if said(text)]
    assert found == []


@pytest.mark.parametrize(
    ("key", "german", "english"),
    [
        ("introduction", "Computerprogramm", "computer program"),
        ("small_talk.bot_challenge", "Computerprogramm", "computer program"),
        ("parting.resolved", "das Programm", "the program"),
    ],
)
def test_the_word_is_there_where_the_machine_names_itself(key: str, german: str, english: str) -> None:
    texts = read("bot/conversation/wording.yml")[key]
    assert all(german in text for text in texts["de"])
    assert all(english in text for text in texts["en"])
