"""An agent sets right what the bot got wrong, by keyboard, and a colleague sees it without reloading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served

PATIENCE = 15_000
ASKED = "in meinem schrank wohnt jetzt ein eichhörnchen, was sagt der mietvertrag dazu"


@pytest.fixture
def case(browser: Browser, front_line: Served) -> Iterator[None]:
    """Somebody asks what the bot has no answer to."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(front_line.url)
    page.locator("frontline-chat dialog[open]").wait_for()
    page.get_by_role("textbox", name="Ihre Nachricht").fill(ASKED)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("keine sichere Antwort", timeout=PATIENCE)
    yield
    context.close()


@pytest.fixture
def desks(browser: Browser, front_line: Served, case: None) -> Iterator[list[Page]]:
    """Two desks, both with the case open."""
    contexts = [browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900}) for _ in range(2)]
    pages = []
    for context in contexts:
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        front_line.sign_in(page)
        page.locator("a.case", has_text="eichhörnchen").click()
        expect(page.locator("#story")).to_contain_text("eichhörnchen", timeout=PATIENCE)
        pages.append(page)
    yield pages
    for context in contexts:
        context.close()


def test_the_urgency_and_the_right_answer_by_keyboard(desks: list[Page]) -> None:
    mine, other = desks
    mine.keyboard.press("u")
    expect(mine.get_by_label("Wie dringend ist es?")).to_be_focused()
    expect(mine.locator("#urgency")).to_contain_text("eichhörnchen")
    mine.get_by_label("Wie dringend ist es?").select_option("Notfall: Gefahr")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")
    expect(mine.locator("#urgency summary")).to_be_focused()
    for page in desks:
        expect(page.locator("#why .badge")).to_have_text("Notfall", timeout=PATIENCE)
        expect(page.locator("a.case[aria-current] .badge")).to_have_text("Notfall", timeout=PATIENCE)
        expect(page.locator("#items")).to_contain_text("hat die Dringlichkeit auf „Notfall“ gesetzt")

    fold = mine.locator(".item", has_text="eichhörnchen").locator("details.correcting")
    fold.locator("summary").focus()
    mine.keyboard.press("Enter")
    fold.get_by_role("searchbox").fill("vertrag kündigen")
    found = fold.locator("[aria-live] .choice").first
    expect(found).to_be_visible(timeout=PATIENCE)
    title = found.inner_text()
    found.focus()
    mine.keyboard.press("Enter")
    for page in desks:
        expect(page.locator(".item", has_text="eichhörnchen").locator("details.correcting summary")).to_contain_text(
            f"Richtige Antwort: {title}", timeout=PATIENCE
        )
    expect(fold.locator("summary")).to_be_focused()
    expect(other.locator("a.case[aria-current]")).to_be_focused()  # whoever watches keeps their place
