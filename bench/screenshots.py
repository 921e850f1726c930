"""`make screenshots`: the README's pictures, taken from the running product."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from bench.browser import QUIET, chromium_path
from bench.processes import ROOT, copy_home, prepared_home, running_front_line

IMAGES = ROOT / "docs" / "images"
PATIENCE = 20_000
WEEK = {day: {"opens": "00:00", "closes": "23:59:59"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OTHERS = (
    "bei uns im ganzen haus geht seit gestern abend nichts mehr, kein internet, kein telefon, und ich arbeite von daheim",
    "can i please talk to a real person",
    "mein handy wurde eben in der bahn gestohlen, bitte sofort die karte sperren",
)


async def arrive(browser: Browser, base: str) -> Page:
    """A customer with the chat open."""
    context = await browser.new_context(
        locale="de-DE", viewport={"width": 1180, "height": 820}, device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(base)
    await page.locator("frontline-chat dialog[open]").wait_for()
    return page


async def say(page: Page, text: str) -> None:
    """Say something and wait until something was said in reply."""
    before = await page.get_by_role("log").inner_text()
    await page.get_by_role("textbox", name="Ihre Nachricht").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).not_to_have_text(before, timeout=PATIENCE)
    await page.wait_for_timeout(1200)


async def take_chat(browser: Browser, base: str) -> None:
    """A question, its answer with the source, and a thank-you."""
    page = await arrive(browser, base)
    await say(page, "wie kann ich meinen vertrag kündigen")
    await expect(page.get_by_role("log")).to_contain_text("Hat das geholfen?", timeout=PATIENCE)
    await page.get_by_role("button", name="Ja", exact=True).last.click()
    await page.wait_for_timeout(1000)
    await page.screenshot(path=IMAGES / "chat.png")


async def take_desk(browser: Browser, base: str, password: str) -> None:
    """A queue with an urgent matter on top, opened and claimed."""
    for text in OTHERS:
        await say(await arrive(browser, base), text)
    context = await browser.new_context(
        locale="de-DE", viewport={"width": 1440, "height": 860}, device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(f"{base}/desk")
    await page.locator("input[name=login]").fill("admin")
    await page.locator("input[name=password]").fill(password)
    await page.keyboard.press("Enter")
    await page.locator("a.case").first.click()
    await page.get_by_role("button", name="Übernehmen").click()
    await expect(page.locator("#composer textarea")).to_be_enabled(timeout=PATIENCE)
    await page.locator("#composer textarea").fill("Guten Tag, hier ist Anna. Ich sehe mir Ihren Anschluss sofort an.")
    await page.wait_for_timeout(600)
    await page.screenshot(path=IMAGES / "desk.png")


async def main() -> None:
    """Start the product on sample content and take both pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    source = prepared_home(ROOT / "var" / "bench")
    with tempfile.TemporaryDirectory() as folder:
        home = copy_home(source, Path(folder) / "home")
        async with running_front_line(home, FRONTLINE_HOURS__WEEK=json.dumps(WEEK)) as (base, _):
            found = re.search(r"with the password (\S+)", (home / "serve.log").read_text())
            if found is None:
                raise RuntimeError("the sign-in was not printed")
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=chromium_path(), args=QUIET)
                await take_chat(browser, base)
                await take_desk(browser, base, found[1])
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
