"""What becomes of customers' files, as an agent at the desk sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.assembly import FrontLine
from bot.serving import _add_person
from tests.cast import Agent
from tests.integration.channels.living import PATIENCE

WISH = "Ich möchte mit einem Menschen sprechen"
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@asynccontextmanager
async def at_desk(house: FrontLine) -> AsyncIterator[Agent]:
    """An agent, signed in."""
    password = _add_person(house.store, "anna", "Anna", "agent")
    async with Agent(f"http://127.0.0.1:{house.port}", "anna", password) as agent:
        yield agent


async def files_of(house: FrontLine, number: int = 1) -> list[tuple[str, bytes | str]]:
    """The names of so many files in all cases, each with its content or with why there is none, once nothing more is coming."""
    async with at_desk(house) as agent, asyncio.timeout(PATIENCE):
        while True:
            cases = [await agent.case(one["id"]) for one in await agent.queue()]
            files = [file for case in cases for item in case["items"] for file in item["attachments"]]
            if len(files) == number and all(file["missing"] != "coming" for file in files):
                return [
                    (file["name"], await agent.file(file["id"]) if file["id"] else file["missing"]) for file in files
                ]
            await asyncio.sleep(0.05)
