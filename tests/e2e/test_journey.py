"""From the customer's question to the agent's reply and back, in two browsers, with Rasa."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Served

PATIENCE = 15_000


@pytest.fixture
def customer(browser: Browser, front_line: Served) -> Iterator[Page]:
    """A customer on the demo page with the chat open."""
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(front_line.url)
    page.locator("frontline-chat dialog[open]").wait_for()
    yield page
    context.close()


@pytest.fixture
def agent(browser: Browser, front_line: Served) -> Iterator[Page]:
    """An agent, signed in at the desk."""
    context = browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    front_line.sign_in(page)
    yield page
    context.close()


def say(page: Page, text: str) -> None:
    """Type and send."""
    page.get_by_role("textbox", name="Ihre Nachricht").fill(text)
    page.keyboard.press("Enter")


def log(page: Page) -> Locator:
    """What was said."""
    return page.get_by_role("log")


def test_a_question_is_answered_with_its_source_and_a_person_can_take_over(customer: Page, agent: Page) -> None:
    say(customer, "Wie kündige ich meinen Vertrag?")
    expect(log(customer)).to_contain_text("Computerprogramm", timeout=PATIENCE)
    expect(log(customer)).to_contain_text("Hat das geholfen?", timeout=PATIENCE)
    expect(log(customer).locator("a[href*='/answers/contract-cancel']").first).to_be_visible()

    say(customer, "ich möchte bitte mit einem Menschen sprechen")
    row = agent.locator("a.case", has_text="ich möchte bitte mit einem Menschen sprechen").first
    expect(row).to_be_visible(timeout=PATIENCE)  # live, without reload
    row.click()
    expect(agent.get_by_role("button", name="Übernehmen")).to_be_visible(timeout=PATIENCE)
    agent.keyboard.press("c")
    field = agent.locator("#composer textarea")
    expect(field).to_be_enabled(timeout=PATIENCE)
    field.fill("Hier ist eine Person. Ich kümmere mich darum.")
    agent.keyboard.press("Control+Enter")
    expect(log(customer)).to_contain_text("Hier ist eine Person.", timeout=PATIENCE)

    say(customer, "vielen dank")
    expect(agent.locator("body")).to_contain_text("vielen dank", timeout=PATIENCE)


def test_a_stolen_sim_is_urgent_and_on_top_of_the_queue(customer: Page, agent: Page, browser: Browser) -> None:
    say(customer, "mein handy wurde gerade gestohlen und jemand telefoniert damit")
    expect(log(customer)).to_contain_text("030 23125 112", timeout=PATIENCE)
    waiting = agent.locator("section", has_text="Wartend").locator("a.case")
    expect(waiting.filter(has_text="gestohlen")).to_contain_text("Dringend", timeout=PATIENCE)
    words = waiting.all_inner_texts()
    stolen = next(place for place, text in enumerate(words) if "gestohlen" in text)
    assert not any("Normal" in text for text in words[:stolen])


def test_the_public_page_of_an_answer_is_readable_without_a_script(browser: Browser, front_line: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{front_line.url}/answers/contract-cancel")
    expect(page.get_by_role("heading", level=1)).to_contain_text("kündige")
    context.close()
