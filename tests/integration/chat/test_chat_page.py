"""The page with the chat, its script and its texts: /, /chat.js, /chat/api/config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.chat.conftest import Door


async def test_the_page_and_the_script_are_served(chat: Door) -> None:
    page = await chat.get("/", headers={"Accept-Language": "en-GB"})
    assert "<frontline-chat" in await page.text()
    script = await chat.get("/chat.js")
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert script.headers["Cache-Control"] == "no-cache"
    again = await chat.get("/chat.js", headers={"If-None-Match": script.headers["ETag"]})
    assert again.status == 304
    for path in ("/static/chat/frontline-chat.js", "/static/chat/chat.css", "/static/shared/tokens.css"):
        part = await chat.get(path)
        assert (part.status, part.headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_the_first_load_is_light(chat: Door) -> None:
    folder = Path(__file__).parents[3] / "bot" / "web"
    files = [*(folder / "chat" / "static").iterdir(), folder / "static" / "tokens.css"]
    assert sum(file.stat().st_size for file in files) < 150_000


@pytest.mark.parametrize("language", ["de", "en"])
async def test_config_speaks_the_language(chat: Door, language: str) -> None:
    config = await (await chat.get(f"/chat/api/config?language={language}")).json()
    assert config["language"] == language
    assert config["texts"]["send"] == {"de": "Senden", "en": "Send"}[language]
    assert not [text for text in config["texts"].values() if "|" in text]
