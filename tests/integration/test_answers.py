"""/answers: public pages, readable by everybody and by machines."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.domain.answer import Answer, AnswerText, CommunityReply, Link
from bot.storage.answers import publish
from bot.storage.store import Store
from bot.web.doors import Doors

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
DAY = datetime(2026, 2, 9, 12, tzinfo=UTC)
BILLING = (("de", "Rechnung"), ("en", "Billing"))
MAX_PAGE = 50_000


def faq(
    slug: str,
    question: str = "Wo ist {deine|Ihre} Rechnung?",
    text: str = "In **Mein Konto**, {du findest|Sie finden} sie dort.",
) -> Answer:
    return Answer(
        id=slug,
        kind="faq",
        topic="billing",
        topic_titles=BILLING,
        texts=(AnswerText("de", question, text), AnswerText("en", "Where is your bill?", "In **My account**.")),
        links=(Link("https://mein.example/rechnungen", (("de", "Rechnungen"), ("en", "Bills"))),),
    )


def discussion(slug: str = "community-printer", *, title: str = "Drucker offline", accepted: bool = True) -> Answer:
    return Answer(
        id=slug,
        kind="community",
        topic="devices",
        topic_titles=(("de", "Geräte"), ("en", "Devices")),
        texts=(AnswerText("de", title, "Seit gestern {geht|gehen} nichts."),),
        author="Petra",
        asked=DAY,
        replies=(
            CommunityReply("Tux", "Nimm ein **Kabel**.", 8, False, DAY),
            CommunityReply("Sabine", "Neu anmelden.", 1, accepted, DAY),
            CommunityReply("Uli", "Bei mir auch.", 0, False, DAY),
        ),
    )


@pytest.fixture
async def shelf(doors: Doors, store: Store) -> Any:
    """Publish answers and put them on the shelf; finds by words of the question."""

    async def put(*items: Answer) -> None:
        await store.write(lambda connection: [publish(connection, item) for item in items])
        await doors.library.reload()

    def search(words: str, language: str) -> list[str]:
        wanted = set(words.casefold().split())
        return [
            one.id for one in doors.library.all() if wanted & set(one.text_in(language).question.casefold().split())
        ]

    doors.library.search_with(search)
    return put


async def fetch(client: TestClient, path: str, **headers: str) -> tuple[int, str, Any]:
    async with client.get(path, headers=headers, allow_redirects=False) as response:
        return response.status, await response.text(), response.headers


def structured_data(page: str) -> Any:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


class Scripts(HTMLParser):
    """Collects what a browser would run: script elements and on… attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag in ("script", "style", "iframe") and names.get("type") != "application/ld+json":
            self.found.append(tag)
        self.found += [name for name in names if name.startswith("on") or name == "style"]
        self.found += [url for name in ("href", "src") if (url := names.get(name) or "").startswith("javascript:")]


def runs_nothing(page: str) -> bool:
    parser = Scripts()
    parser.feed(page)
    return parser.found == []


async def test_a_company_answer_reads_like_an_article(outsider: TestClient, shelf: Any) -> None:
    await shelf(faq("bill-view"), faq("bill-higher", "Warum so hoch?"))
    status, page, headers = await fetch(outsider, "/answers/bill-view?language=de")
    assert status == 200
    assert "<h1>Wo ist Ihre Rechnung?</h1>" in page
    assert "<strong>Mein Konto</strong>, Sie finden sie dort." in page
    assert '<link rel="canonical" href="https://help.example/answers/bill-view?language=de">' in page
    for language in ("de", "en"):
        assert f'hreflang="{language}" href="https://help.example/answers/bill-view?language={language}"' in page
    assert 'href="https://mein.example/rechnungen"' in page
    assert "Warum so hoch?" in page  # related
    assert (headers["Content-Language"], headers["Vary"]) == ("de", "Accept-Language")
    assert "Set-Cookie" not in headers
    data = structured_data(page)
    assert (data["@type"], data["mainEntity"][0]["name"]) == ("FAQPage", "Wo ist Ihre Rechnung?")


async def test_a_discussion_shows_what_solved_it_then_the_others_by_votes(outsider: TestClient, shelf: Any) -> None:
    await shelf(discussion())
    _, page, _ = await fetch(outsider, "/answers/community-printer?language=de")
    read = page.partition("<article")[2]
    order = ["Hat die Frage gelöst", "Neu anmelden.", "2 weitere Antworten", "<strong>Kabel</strong>", "Bei mir auch."]
    assert sorted(order, key=read.index) == order
    assert "1 Person fand das hilfreich" in page
    assert "8 fanden das hilfreich" in page
    assert "0 fanden" not in page
    assert '<time datetime="2026-02-09">9. Februar 2026</time>' in page
    assert "{geht|gehen}" in page  # a member's braces are the member's
    question = structured_data(page)["mainEntity"]
    assert question["answerCount"] == 3
    assert question["acceptedAnswer"]["author"]["name"] == "Sabine"
    assert [one["upvoteCount"] for one in question["suggestedAnswer"]] == [8, 0]
    for one in (question["acceptedAnswer"], *question["suggestedAnswer"]):
        assert f'id="{one["url"].partition("#")[2]}"' in page


async def test_a_discussion_nobody_solved_has_no_accepted_answer(outsider: TestClient, shelf: Any) -> None:
    await shelf(discussion(accepted=False))
    _, page, _ = await fetch(outsider, "/answers/community-printer")
    assert "Hat die Frage gelöst" not in page
    assert "acceptedAnswer" not in structured_data(page)["mainEntity"]


@pytest.mark.parametrize("path", ["/answers", "/answers?topic=devices"])
async def test_a_list_marks_titles_of_another_language(outsider: TestClient, shelf: Any, path: str) -> None:
    await shelf(discussion(), faq("bill-view"))
    join = "&" if "?" in path else "?"
    _, page, _ = await fetch(outsider, f"{path}{join}language=en")
    [entry] = [line for line in page.split("<li>") if "Drucker offline" in line]
    assert 'lang="de" hreflang="de">Drucker offline</a> <span class="language-mark">German</span>' in entry
    assert page.count("language-mark") == 1
    _, page, _ = await fetch(outsider, f"{path}{join}language=de")
    assert "language-mark" not in page


async def test_a_page_in_another_language_says_which_words_are_german(outsider: TestClient, shelf: Any) -> None:
    await shelf(discussion())
    _, page, _ = await fetch(outsider, "/answers/community-printer?language=en")
    assert '<html lang="en">' in page
    assert '<article lang="de">' in page
    assert "Written in German." in page
    assert (
        'href="https://help.example/answers/community-printer?language=de"' in page
    )  # canonical: the language it is in


@pytest.mark.parametrize(
    ("wished", "accepted", "expected"),
    [
        ("en", "de", "en"),
        ("xx", "de", "de"),
        ("", "en-GB,de;q=0.5", "en"),
        ("", "fr, de;q=0.3, en;q=0.8", "en"),
        ("", "en;q=0, de;q=0.1", "de"),
        ("", "fr", "de"),
        ("", ";q=x,,,;;q=", "de"),
    ],
)
async def test_the_language_is_the_one_asked_for(
    outsider: TestClient, shelf: Any, wished: str, accepted: str, expected: str
) -> None:
    await shelf(faq("bill-view"))
    _, page, _ = await fetch(outsider, f"/answers?language={wished}", **{"Accept-Language": accepted})
    assert f'<html lang="{expected}">' in page


@pytest.mark.parametrize("item", [faq("nasty", NASTY, NASTY), discussion("nasty", title=NASTY)])
async def test_published_words_never_run(outsider: TestClient, shelf: Any, item: Answer) -> None:
    await shelf(item)
    for path in (
        "/answers/nasty",
        "/answers",
        f"/answers?topic={item.topic}",
        "/answers?q=" + "%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        _, page, _ = await fetch(outsider, path)
        assert runs_nothing(page), path
    _, page, _ = await fetch(outsider, "/answers/nasty")
    data = structured_data(page)  # one data block, whole: the nasty text could not close it
    entity = data["mainEntity"][0] if isinstance(data["mainEntity"], list) else data["mainEntity"]
    assert entity["name"] == NASTY


async def test_a_link_to_a_script_is_no_link(outsider: TestClient, shelf: Any) -> None:
    await shelf(faq("link", text="[klick](javascript:alert(1)) [auch](JaVaScRiPt:alert(1)) [data](data:text/html,x)"))
    _, page, _ = await fetch(outsider, "/answers/link")
    assert not re.search(r'href="\s*(javascript|data):', page, re.IGNORECASE)


async def test_search_finds_and_a_search_without_result_helps(outsider: TestClient, shelf: Any) -> None:
    await shelf(faq("bill-view"), discussion())
    _, page, _ = await fetch(outsider, "/answers?q=Drucker&language=de")
    assert "Treffer für „Drucker“" in page
    assert "/answers/community-printer" in page
    assert "/answers/bill-view" not in page
    _, page, _ = await fetch(outsider, "/answers?q=zzz&language=de")
    assert "ist nichts dabei" in page
    assert "/answers/bill-view" in page  # the topics are there instead
    assert (await fetch(outsider, "/answers?q=" + "x" * 5000))[0] == 200


async def test_an_unknown_answer_is_a_404_that_helps(outsider: TestClient, shelf: Any) -> None:
    await shelf(discussion())
    status, page, _ = await fetch(outsider, "/answers/drucker-%3Cb%3E?language=de")
    assert status == 404
    assert "Diese Antwort gibt es nicht" in page
    assert "/answers/community-printer" in page  # found by the words of the address
    assert "<b>" not in page
    assert 'name="robots" content="noindex"' in page


async def test_pages_stay_small_however_many_answers_there_are(outsider: TestClient, shelf: Any) -> None:
    await shelf(*(faq(f"bill-{n}", f"Frage Nummer {n}?") for n in range(90)), discussion())
    for path in ("/answers", "/answers?topic=billing", "/answers?topic=billing&page=3", "/answers/bill-1"):
        status, page, _ = await fetch(outsider, path)
        assert status == 200
        assert len(page.encode()) < MAX_PAGE
    _, page, _ = await fetch(outsider, "/answers?topic=billing&language=de")
    assert "Seite 1 von 3" in page
    for strange in ("0", "999", "-1", "x", "9" * 40, "٣"):
        assert (await fetch(outsider, f"/answers?topic=billing&page={strange}"))[0] == 200


async def test_what_is_withdrawn_is_gone_at_once(outsider: TestClient, shelf: Any, doors: Doors, store: Store) -> None:
    from bot.storage.answers import archive_missing

    await shelf(faq("bill-view"))
    assert (await fetch(outsider, "/answers/bill-view"))[2]["Cache-Control"] == "no-cache"
    await store.write(lambda connection: archive_missing(connection, set()))
    await doors.library.reload()
    assert (await fetch(outsider, "/answers/bill-view"))[0] == 404
