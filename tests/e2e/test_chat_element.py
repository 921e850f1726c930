"""The chat element in a real browser, against the real process."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

QUESTION = "Mein WLAN ist im Schlafzimmer langsam"
ATTACK = '<img src=x onerror="hit=1"><script>hit=1</script> [x](javascript:hit=1)'
TOKEN_NAME = "Object.keys(localStorage).find((key) => key.endsWith(':token'))"


class FrontLine(Protocol):
    """The running process, as conftest.py starts it."""

    url: str


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 860})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, front_line: FrontLine) -> Page:
    """The demo page with the chat open, in a browser that has never been here."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(front_line.url)
    panel(page).wait_for()
    return page


def panel(page: Page) -> Locator:
    return page.locator("frontline-chat dialog[open]")


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Ihre Nachricht")


def status(page: Page) -> Locator:
    return page.locator("frontline-chat .status")


def mine(page: Page) -> Locator:
    return log(page).locator(".from-customer .plain")


def theirs(page: Page) -> Locator:
    return log(page).locator(".from-bot, .from-notice")


def say(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def test_an_answer_comes_with_its_source(page: Page) -> None:
    say(page, QUESTION)
    source = log(page).locator(".source a").first
    offer = log(page).get_by_role("group", name="Antwortmöglichkeiten").get_by_role("button").first
    expect(source.or_(offer).first).to_be_visible()
    if not source.count():  # "did you mean …?"
        offer.click()
    expect(source).to_be_visible()
    assert page.request.get(source.get_attribute("href") or "").ok


def test_it_opens_by_itself_without_taking_the_focus(page: Page) -> None:
    assert page.evaluate("document.activeElement === document.body")


def test_what_customers_write_is_only_ever_text(page: Page) -> None:
    say(page, ATTACK)
    expect(mine(page)).to_have_text(ATTACK)
    expect(theirs(page).first).to_be_visible()
    page.reload()
    expect(mine(page)).to_have_text(ATTACK)
    assert not page.evaluate("window.hit")


def test_a_draft_survives_a_reload(page: Page) -> None:
    composer(page).fill("eins")
    composer(page).press("Shift+Enter")
    composer(page).press_sequentially("zwei")
    page.reload()
    expect(composer(page)).to_have_value("eins\nzwei")


def test_what_is_written_offline_goes_out_later_once(page: Page, context: BrowserContext) -> None:
    say(page, "vorher")
    expect(theirs(page).first).to_be_visible()
    context.set_offline(True)
    expect(status(page)).to_contain_text("Offline")
    say(page, "ohne Netz geschrieben")
    expect(log(page)).to_contain_text("Wird gesendet, sobald die Verbindung steht")
    context.set_offline(False)
    expect(status(page)).not_to_contain_text("Offline")
    expect(log(page)).not_to_contain_text("Wird gesendet, sobald die Verbindung steht", timeout=15_000)
    page.reload()
    expect(mine(page)).to_have_text(["vorher", "ohne Netz geschrieben"])


def test_an_answer_lost_on_the_way_doubles_nothing(page: Page) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/chat/api/messages", lose_the_answer, times=1)
    say(page, "nur einmal")
    expect(log(page)).to_contain_text("Gesendet", timeout=15_000)
    page.reload()
    expect(mine(page)).to_have_text(["nur einmal"])


def test_what_is_refused_can_be_sent_again(page: Page) -> None:
    page.route("**/chat/api/messages", lambda route: route.fulfill(status=400, json={"error": "no"}), times=1)
    say(page, "abgelehnt")
    expect(log(page)).to_contain_text("Nicht gesendet")
    log(page).get_by_role("button", name="Erneut senden").click()
    expect(theirs(page).first).to_be_visible()
    expect(mine(page)).to_have_text(["abgelehnt"])


def test_where_it_is_crowded_what_was_written_stays_and_goes_out_by_itself(page: Page) -> None:
    refusal = {"status": 503, "headers": {"Retry-After": "1"}, "json": {"error": "crowded", "crowded": True}}
    messages = "**/chat/api/messages"
    page.route(messages, lambda route: route.fulfill(**refusal))
    say(page, "Ich habe Zeit")
    expect(page.locator("frontline-chat .callout")).to_contain_text("sehr viele Menschen")
    expect(log(page)).to_contain_text("Geht gleich von selbst hinaus")
    page.reload()
    expect(mine(page)).to_have_text(["Ich habe Zeit"])
    page.unroute(messages)
    expect(theirs(page).first).to_be_visible(timeout=15_000)
    expect(log(page)).not_to_contain_text("Geht gleich von selbst hinaus")
    expect(mine(page)).to_have_text(["Ich habe Zeit"])


def test_a_lost_conversation_begins_anew(page: Page) -> None:
    say(page, "vorher")
    expect(theirs(page).first).to_be_visible()
    page.evaluate(f"localStorage.setItem({TOKEN_NAME}, JSON.stringify('unknown'))")
    page.reload()
    expect(page.locator("frontline-chat .callout")).to_contain_text("gibt es nicht mehr")
    say(page, "nachher")
    expect(theirs(page).first).to_be_visible()
    expect(mine(page)).to_have_text(["nachher"])


def test_it_is_used_by_keyboard(page: Page) -> None:
    composer(page).focus()
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Fragen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("Rechnung")
    page.keyboard.press("Enter")
    button = log(page).get_by_role("group", name="Antwortmöglichkeiten").get_by_role("button").first
    label = button.inner_text()
    button.press("Enter")
    expect(log(page)).to_contain_text(f"Sie haben gewählt: {label}")
    expect(composer(page)).to_be_focused()


def test_too_long_a_text_is_counted_and_kept(page: Page) -> None:
    composer(page).fill("x" * 3990)
    expect(page.get_by_text("Noch 10 Zeichen")).to_be_visible()
    composer(page).fill("x" * 4001)
    expect(page.get_by_text("1 Zeichen zu viel")).to_be_visible()
    composer(page).press("Enter")
    expect(composer(page)).to_have_value("x" * 4001)


def test_the_language_can_be_changed_and_stays(page: Page) -> None:
    page.locator("frontline-chat summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()


def test_the_transcript_can_be_saved(page: Page) -> None:
    say(page, QUESTION)
    expect(theirs(page).first).to_be_visible()
    page.locator("frontline-chat summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Verlauf speichern").click()
    assert QUESTION in Path(download.value.path()).read_text(encoding="utf-8")


def test_two_tabs_share_the_conversation(page: Page, context: BrowserContext, front_line: FrontLine) -> None:
    say(page, "aus dem ersten")
    expect(theirs(page).first).to_be_visible()
    other = context.new_page()
    other.goto(front_line.url)
    expect(mine(other)).to_have_text(["aus dem ersten"])
    say(other, "aus dem zweiten")
    expect(mine(page)).to_have_text(["aus dem ersten", "aus dem zweiten"])


def test_another_visitor_sees_nothing_of_it(page: Page, browser: Browser, front_line: FrontLine) -> None:
    say(page, "geheim")
    expect(theirs(page).first).to_be_visible()
    stranger = browser.new_context(locale="de-DE")
    other = stranger.new_page()
    other.goto(front_line.url)
    panel(other).wait_for()
    expect(log(other)).not_to_contain_text("geheim")
    stranger.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (640, 360)], ids=["phone", "zoom 200 %"])
def test_small_windows_get_the_whole_panel(browser: Browser, front_line: FrontLine, width: int, height: int) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(front_line.url)
    page.get_by_role("button", name="Fragen").click()
    box = panel(page).bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    say(page, QUESTION)
    expect(theirs(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_one_script_tag_is_enough_on_any_site(context: BrowserContext, front_line: FrontLine) -> None:
    """The page stands on another origin; which ones may is set by the operator (the fixture allows all)."""
    script = front_line.url.rstrip("/") + "/chat.js"
    markup = f'<!doctype html><html lang="de"><title>x</title><script type="module" src="{script}"></script>'

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(markup.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{site.server_port}/")
        page.get_by_role("button", name="Fragen").click()
        say(page, QUESTION)
        expect(theirs(page).first).to_be_visible()
        site.shutdown()
