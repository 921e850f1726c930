"""What customers sent, at the desk: photos are seen, voice messages heard, and what is still coming appears by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.domain.message import Attachment, Missing
from tests.e2e.house import House
from tests.homes import fresh_home
from tests.samples import photo, voice

PATIENCE = 15_000
WANTED = (f"ich möchte bitte mit einem menschen über zähler {number} sprechen" for number in count(1))
FILMED = """async () => {
  const canvas = document.createElement("canvas");
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/mp4" });
  const parts = [];
  const stopped = new Promise((done) => recorder.addEventListener("stop", done));
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.start();
  for (let frame = 0; frame < 5; frame += 1) {
    canvas.getContext("2d").fillRect(10 * frame, 10, 10, 10);
    await new Promise(requestAnimationFrame);
    await new Promise((next) => setTimeout(next, 100));
  }
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""
SEEN = "image => image.complete && image.naturalWidth"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(fresh_home(tmp_path_factory.mktemp("home")))
    with made.open():
        yield made


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """An agent at the desk."""
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    sign_in(page, house)
    yield page
    context.close()


def sign_in(page: Page, house: House) -> None:
    page.goto(f"{house.url}/desk")
    page.locator("input[name=login]").fill("anna")
    page.locator("input[name=password]").fill(house.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{house.url}/desk")


def opened(page: Page, house: House, *files: Attachment) -> Locator:
    """A customer sends files and asks for a person; their message at the open desk."""
    asked = next(WANTED)
    house.says(asked, *files)
    page.locator("a.case", has_text=asked).click(timeout=PATIENCE)
    return page.locator("#items .item", has_text=asked)


def test_a_photo_is_seen_and_can_be_looked_at_as_large_as_it_is(page: Page, house: House) -> None:
    house.put("large", photo(1800, 2400))
    item = opened(page, house, Attachment("photo", name="zähler.png", source="large"))
    thumbnail = item.get_by_role("button", name="Ansehen: Foto · zähler.png")
    image = thumbnail.locator("img")
    expect(image).to_be_visible(timeout=PATIENCE)
    page.wait_for_function(SEEN, arg=image.element_handle())
    box = thumbnail.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (288, 216)
    thumbnail.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Foto · zähler.png")
    whole = dialog.get_by_role("img")
    expect(whole).to_be_visible()
    whole.evaluate("image => image.decode()")
    assert whole.evaluate("image => image.clientHeight") < 800
    dialog.get_by_role("button", name="Volle Größe").click()
    assert whole.evaluate("image => [image.clientWidth, image.clientHeight]") == [1800, 2400]
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(thumbnail).to_be_focused()


def test_what_is_coming_appears_by_itself_and_moves_nothing(page: Page, house: House) -> None:
    item = opened(page, house, Attachment("photo", source="late"))
    expect(item.locator(".awaited")).to_have_text("Foto wird geholt …", timeout=PATIENCE)
    expect(item.locator("details.reading")).to_be_visible(timeout=PATIENCE)
    before = item.bounding_box()
    item.locator("details.reading > summary").focus()
    page.evaluate("window.here = true")
    house.put("late", photo())
    image = item.locator("img")
    expect(image).to_be_visible(timeout=PATIENCE)
    page.wait_for_function(SEEN, arg=image.element_handle())
    assert item.bounding_box() == before
    assert page.evaluate("window.here")
    expect(item.locator("details.reading > summary")).to_be_focused()


def test_a_voice_message_is_heard_and_goes_on_while_its_message_is_drawn_anew(page: Page, house: House) -> None:
    house.put("said", voice(60))
    item = opened(
        page, house, Attachment("voice", source="said"), Attachment("photo", name="dazu.png", source="shown later")
    )
    audio = item.locator("audio")
    expect(audio).to_be_visible(timeout=PATIENCE)
    expect(item.locator(".awaited")).to_be_visible()
    audio.evaluate("audio => audio.play()")
    audio.evaluate(
        "audio => new Promise(done => { audio.addEventListener('seeked', done, { once: true }); audio.currentTime = 40; })"
    )
    playing = audio.element_handle()
    house.put("shown later", photo(8, 8))
    expect(item.get_by_role("button", name="dazu.png")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("audio => audio.currentTime > 40.2", arg=playing)
    assert audio.evaluate("(audio, before) => audio === before && !audio.paused && audio.duration > 59", playing)


def test_a_film_plays(page: Page, house: House) -> None:
    house.put("filmed", bytes(page.evaluate(FILMED)))
    film = opened(page, house, Attachment("video", name="router.mp4", source="filmed")).locator("video")
    expect(film).to_be_visible(timeout=PATIENCE)
    film.evaluate("film => film.play()")
    page.wait_for_function("film => film.ended && film.videoWidth === 300", arg=film.element_handle())


@pytest.mark.parametrize(
    ("why", "said"),
    [(Missing.GONE, "Der Kanal hat die Datei nicht mehr."), (Missing.TOO_LARGE, "Die Datei ist zu groß")],
)
def test_what_cannot_be_had_is_said_instead(page: Page, house: House, why: Missing, said: str) -> None:
    item = opened(page, house, Attachment("photo", source=f"never: {why}"))
    expect(item.locator(".awaited")).to_be_visible(timeout=PATIENCE)
    house.put(f"never: {why}", why)
    expect(item.locator(".file")).to_contain_text(said, timeout=PATIENCE)
    expect(item.locator(".awaited, img, a")).to_have_count(0)


def test_what_the_browser_cannot_show_is_said_and_can_be_saved(page: Page, house: House) -> None:
    broken = photo()[:8] + b"and then something else"
    house.put("broken", broken)
    item = opened(page, house, Attachment("photo", name="halb.png", source="broken"))
    expect(item.locator(".file")).to_contain_text("Dieser Browser kann das nicht zeigen", timeout=PATIENCE)
    with page.expect_download() as saved:
        item.get_by_role("link", name="halb.png").click()
    assert Path(saved.value.path()).read_bytes() == broken


def test_on_a_phone_nothing_is_cut_off(page: Page, house: House) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    house.put("on a phone", photo())
    house.put("heard there", voice())
    item = opened(
        page,
        house,
        Attachment("photo", name="zähler.png", source="on a phone"),
        Attachment("voice", source="heard there"),
    )
    for shown in (item.locator("img"), item.locator("audio")):
        expect(shown).to_be_visible(timeout=PATIENCE)
        box = shown.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    item.get_by_role("button", name="zähler.png").click()
    close = page.get_by_role("dialog").get_by_role("button", name="Schließen").bounding_box()
    assert close is not None
    assert close["x"] + close["width"] <= 360


def test_without_javascript_it_is_seen_as_well(page: Page, house: House, browser: Browser) -> None:
    house.put("plain", photo())
    item = opened(page, house, Attachment("photo", name="schlicht.png", source="plain"))
    expect(item.locator("img")).to_be_visible(timeout=PATIENCE)
    case = page.url.rpartition("#case-")[2]
    context = browser.new_context(locale="de-DE", java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, house)
    with plain.expect_response("**/desk/api/attachments/*") as response:
        plain.goto(f"{house.url}/desk/cases/{case}")
    assert response.value.status == 200
    expect(plain.get_by_role("link", name="schlicht.png").locator("img")).to_be_visible()
    context.close()
