"""The contact form in a real browser: with and without scripts, on a phone, in a frame, by keyboard; and what an agent sees of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.delivery.supervisor import free_port
from bot.web.form.stamps import EARLIEST
from tests.e2e.conftest import Served, serve, stop
from tests.homes import fresh_home

PATIENCE = 15_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A front line with e-mail, whose mail server is away: what is sent waits."""
    mail = {
        "FRONTLINE_MAIL__ADDRESS": "service@fernblick.example",
        "FRONTLINE_MAIL__SECRET": "for-tests-only-and-never-elsewhere",
        "FRONTLINE_MAIL__SMTP__HOST": "127.0.0.1",
        "FRONTLINE_MAIL__SMTP__PORT": str(free_port()),
        "FRONTLINE_MAIL__SMTP__SECURITY": "none",
    }
    served = serve(fresh_home(tmp_path_factory.mktemp("home")), FRONTLINE_RASA__ENABLED="false", **mail)
    try:
        served.wait(rasa=False)
        served.learn_password()
        yield served
    finally:
        stop(served)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Somebody with a phone of 360 px."""
    context = browser.new_context(locale="de-DE", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def fill(page: Page, message: str = "Ich möchte bitte mit einem Menschen sprechen.") -> None:
    """Everything that is needed, no quicker than people are."""
    page.wait_for_timeout(1000 * (EARLIEST + 1))
    page.get_by_label("E-Mail").fill("anna@example.org")
    page.get_by_label("Ihre Nachricht").fill(message)
    page.get_by_label("Ich bin einverstanden").check()


def test_a_message_with_a_file_reaches_an_agent(page: Page, house: Served, tmp_path: Path) -> None:
    file = tmp_path / "Rechnung März.pdf"
    file.write_bytes(b"%PDF-1.4\n")
    page.goto(f"{house.url}/contact")
    fill(page)
    page.get_by_label("Name").fill("Anna Müller")
    page.get_by_label("Kundennummer").fill("K-4711")
    page.get_by_label("Thema").select_option(index=1)
    page.get_by_label("Dateien").set_input_files(file)
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("heading", name="Ihre Nachricht ist da")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".mark")).to_have_text(re.compile(r"FB(-[0-9A-Z]{4}){4}"))

    house.sign_in(page)
    page.locator("a.case", has_text="mit einem Menschen").first.click()
    story = page.locator("#story, [data-story], .story, main").first
    expect(story).to_contain_text("Kundennummer: K-4711", timeout=PATIENCE)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Rechnung März.pdf").click()
    assert saved.value.suggested_filename == "Rechnung März.pdf"


def test_what_is_missing_is_said_at_the_field_and_has_the_focus(page: Page, house: Served) -> None:
    page.goto(f"{house.url}/contact")
    page.get_by_label("Ihre Nachricht").fill("Hallo")
    page.get_by_role("button", name="Absenden").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Noch nicht gesendet", timeout=PATIENCE)
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Fehler: "))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-Mail")).to_be_focused()
    expect(page.get_by_label("E-Mail")).to_have_accessible_description(re.compile("Geben Sie eine E-Mail-Adresse an"))
    expect(page.get_by_label("Ihre Nachricht")).to_have_value("Hallo")


def test_it_works_without_scripts(browser: Browser, house: Served) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{house.url}/contact")
    page.wait_for_timeout(1000 * (EARLIEST + 1))
    page.get_by_label("E-mail").fill("ben@example.org")
    page.get_by_label("Your message").fill("How do I cancel?")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your message is here")).to_be_visible(timeout=PATIENCE)
    assert context.cookies() == []
    context.close()


@pytest.fixture
def shop(house: Served) -> Iterator[str]:
    """Another site, with the form's element on its page."""
    element = f'<script type="module" src="{house.url}/contact.js"></script><frontline-contact></frontline-contact>'

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library calls it so
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<!doctype html><html lang="de"><body>{element}</body></html>'.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_it_stands_in_another_sites_page_as_high_as_it_is(page: Page, shop: str) -> None:
    page.goto(shop)
    form = page.frame_locator("iframe")
    expect(form.get_by_label("E-Mail")).to_be_visible(timeout=PATIENCE)
    expect(form.locator(".site-header")).to_have_count(0)
    inside = form.locator("body").evaluate("body => body.getBoundingClientRect().height")
    page.wait_for_function(
        "height => Math.abs(document.querySelector('frontline-contact').getBoundingClientRect().height - height) < 4",
        arg=inside,
    )


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_cut_off_at_any_width(page: Page, house: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{house.url}/contact")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
