"""The desk on a phone: what is told covers neither the case's title nor where one writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Served

PATIENCE = 15_000
ASKED = "ich möchte bitte am telefon mit einem menschen sprechen"


@pytest.fixture
def phone(browser: Browser, front_line: Served) -> Iterator[Page]:
    """An agent with a phone of 360 px, signed in, while one customer waits."""
    context = browser.new_context(locale="de-DE", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(front_line.url)
    page.locator("frontline-chat").get_by_role("button", name="Fragen").click()
    page.get_by_role("textbox", name="Ihre Nachricht").fill(ASKED)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("übernimmt eine Person", timeout=PATIENCE)
    front_line.sign_in(page)
    yield page
    context.close()


def overlap(one: Locator, other: Locator) -> bool:
    """Whether two elements cover each other."""
    first, second = one.bounding_box(), other.bounding_box()
    assert first is not None
    assert second is not None
    return first["y"] < second["y"] + second["height"] and second["y"] < first["y"] + first["height"]


def test_what_is_told_covers_neither_title_nor_composer(phone: Page) -> None:
    phone.locator("a.case", has_text=ASKED).first.click()
    phone.get_by_role("button", name="Übernehmen").click()
    toast = phone.locator("#toast")
    expect(toast).to_have_text("Übernommen. Der Bot schweigt jetzt.", timeout=PATIENCE)
    assert not overlap(toast, phone.locator(".case-header"))
    assert not overlap(toast, phone.locator("#composer"))
    assert not overlap(toast, phone.locator(".desk-header"))
    phone.get_by_role("button", name="Zurück an den Bot").click()
    expect(toast).to_have_text("Zurück beim Bot.", timeout=PATIENCE)
    assert not overlap(toast, phone.locator(".case-header"))
