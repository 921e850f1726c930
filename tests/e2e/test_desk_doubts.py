"""Replies that may have arrived, settled by agents: at the desk by keyboard, on a phone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import Connection, select

from bot.storage import uncertain
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.storage.tables import conversation, reply, staff
from tests import doubts
from tests.e2e.conftest import Served

T = TypeVar("T")
PATIENCE = 15_000
ASKED = (f"ich möchte bitte mit einem menschen über router {number} sprechen" for number in count(1))
DOUBT = "Wir wissen nicht, ob das angekommen ist"
SAID = "Der Router blinkt rot"
Do = Callable[[Callable[[Connection], T]], T]


@pytest.fixture
def do(front_line: Served) -> Iterator[Do[int]]:
    """Runs a unit of work in the running product's database, of which its pages hear nothing."""
    store = Store(f"sqlite:///{front_line.home}/frontline.db", reserve_bytes=0)
    yield lambda unit: store.submit(unit).result()
    store.close()


@pytest.fixture
def asked() -> str:
    """What nobody else has written."""
    return next(ASKED)


@pytest.fixture
def customer(browser: Browser, front_line: Served, asked: str) -> Iterator[Page]:
    """Somebody who has asked for a person."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(front_line.url)
    page.locator("frontline-chat dialog[open]").wait_for()
    page.get_by_role("textbox", name="Ihre Nachricht").fill(asked)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("übernimmt eine Person", timeout=PATIENCE)
    yield page
    context.close()


@pytest.fixture
def doubted(customer: Page, do: Do[int]) -> int:
    """A reply to the customer whose send broke off; nothing else is uncertain."""

    def unit(connection: Connection) -> int:
        connection.execute(reply.update().where(reply.c.state == "uncertain").values(state="sent"))
        latest = connection.execute(select(conversation.c.id).order_by(conversation.c.id.desc()).limit(1)).scalar_one()
        return doubts.doubt(connection, latest)

    return do(unit)


@pytest.fixture
def open_desk(browser: Browser, front_line: Served) -> Iterator[Callable[..., Page]]:
    """Signs an agent in, at a browser of their own; `options` are those of Playwright's contexts."""
    contexts: list[BrowserContext] = []

    def do(**options: object) -> Page:
        contexts.append(browser.new_context(locale="de-DE", **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        front_line.sign_in(page)
        return page

    yield do
    for context in contexts:
        context.close()


def item_at(page: Page, asked: str) -> Locator:
    """The reply in the conversation of the case, which is opened."""
    page.locator("a.case", has_text=asked).click()
    item = page.locator("#items .item", has_text=SAID)
    expect(item).to_contain_text(DOUBT, timeout=PATIENCE)
    return item


def button(place: Page | Locator, name: str) -> Locator:
    """The button of the reply: its name says which reply."""
    return place.get_by_role("button", name=re.compile(f"^{name}: {SAID}"))


@pytest.mark.usefixtures("doubted")
def test_sent_again_by_keyboard_it_reaches_the_customer_and_every_desk(
    customer: Page, asked: str, open_desk: Callable[..., Page]
) -> None:
    mine, other = open_desk(), open_desk()
    items = [item_at(page, asked) for page in (mine, other)]
    button(items[0], "Noch einmal senden").focus()
    mine.keyboard.press("Enter")
    expect(mine.locator("#toast")).to_have_text("Wird noch einmal gesendet.", timeout=PATIENCE)
    for page, item in zip((mine, other), items, strict=True):
        expect(item).to_contain_text(re.compile("gesendet|zugestellt"), timeout=PATIENCE)
        expect(item.get_by_role("button")).to_have_count(0)
        expect(page.locator("a.uncertain")).to_be_hidden()
    expect(items[0]).to_be_focused()
    expect(other.locator("a.case[aria-current]")).to_be_focused()  # whoever watches keeps their place
    expect(customer.get_by_role("log")).to_contain_text(SAID)


def test_who_is_second_is_told_by_whom_it_was_settled(
    doubted: int, asked: str, open_desk: Callable[..., Page], do: Do[int]
) -> None:
    page = open_desk()
    item = item_at(page, asked)

    def a_colleague_settles_it(connection: Connection) -> int:
        known = connection.execute(select(staff.c.id).where(staff.c.login == "ben")).scalar()
        ben = known or add_staff(connection, login="ben", name="Ben Okafor", role="agent", password_hash="")
        return uncertain.it_arrived(connection, doubted, ben, doubts.since(connection, doubted))

    do(a_colleague_settles_it)
    button(item, "Noch einmal senden").click()
    told = "Ben Okafor hat schon vermerkt, dass diese Antwort angekommen ist."
    expect(page.locator("#toast")).to_have_text(told, timeout=PATIENCE)
    expect(item).to_contain_text("gesendet: angekommen laut Ben Okafor")
    expect(item.get_by_role("button")).to_have_count(0)


@pytest.mark.usefixtures("doubted")
def test_on_a_phone_nothing_is_cut_off(asked: str, open_desk: Callable[..., Page]) -> None:
    page = open_desk(viewport={"width": 360, "height": 740}, has_touch=True)
    for where in (item_at(page, asked), page):
        if where is page:
            page.goto(page.url.partition("/desk")[0] + "/desk/uncertain")
        for name in ("Noch einmal senden", "Ist angekommen"):
            box = button(where, name).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            assert box["height"] >= 40
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.usefixtures("doubted")
def test_without_javascript_by_keyboard(open_desk: Callable[..., Page]) -> None:
    page = open_desk(java_script_enabled=False)
    page.goto(page.url.partition("/desk")[0] + "/desk/uncertain")
    expect(page.locator("main")).to_contain_text(DOUBT)
    button(page, "Ist angekommen").focus()
    page.keyboard.press("Enter")
    told = page.get_by_role("status")
    expect(told).to_have_text("Vermerkt: Es ist angekommen.", timeout=PATIENCE)
    expect(told).to_be_focused()
    expect(page.locator("main")).to_contain_text("Nichts ist ungewiss.")
