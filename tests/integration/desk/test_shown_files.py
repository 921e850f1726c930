"""Photos, voice messages and films at the desk: what its pages are told of them, and how players get their parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.channels.files import received
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent, Missing
from bot.storage import fetching, intake
from bot.storage.rows import now
from bot.storage.store import Store
from tests.integration.conftest import Person
from tests.samples import boxes, photo, voice

KEY = ConversationKey("web", "site", "chat-0")  # that of the first case
Send = Callable[..., Awaitable[None]]
Seen = Callable[[], Awaitable[Any]]


@pytest.fixture
async def case(open_case: Callable[..., Awaitable[int]]) -> int:
    return await open_case()


@pytest.fixture
def send(case: int, store: Store) -> Send:
    """Somebody who has a case sends a message with these files."""

    async def do(*files: Attachment) -> None:
        said = InboundEvent(KEY, "with files", EventKind.MESSAGE, "m", "anbei", attachments=files)
        await store.write(lambda connection: intake.accept(connection, [said]))

    return do


@pytest.fixture
def seen(anna: Person, case: int) -> Seen:
    """The files that an agent sees in the case."""

    async def do() -> Any:
        _, view = await anna.get(f"cases/{case}")
        return [file for item in view["items"] for file in item["attachments"]]

    return do


def settle(unit: Callable[[Connection, fetching.Wanted], None]) -> Callable[[Connection], None]:
    """End the fetch of the one file that is wanted."""

    def do(connection: Connection) -> None:
        [wanted] = fetching.take(connection, 5)
        unit(connection, wanted)

    return do


async def plain_page(anna: Person, case: int) -> str:
    async with anna.client.get(f"/desk/cases/{case}") as response:
        return await response.text()


@pytest.mark.parametrize(
    ("name", "content", "shown", "tag"),
    [
        ("zähler.png", photo(4, 4), "image", "<img"),
        ("ptt.mp3", voice(1), "audio", "<audio controls"),
        ("bildschirm.mp4", boxes(b"isom", b"vide"), "video", "<video"),
    ],
)
async def test_what_browsers_show_is_shown(
    send: Send, seen: Seen, anna: Person, case: int, name: str, content: bytes, shown: str, tag: str
) -> None:
    await send(received(name, content))
    [file] = await seen()
    assert (file["shown"], file["path"], file["note"]) == (shown, f"/desk/api/attachments/{file['id']}", "")
    page = await plain_page(anna, case)
    assert tag in page
    assert f'src="{file["path"]}"' in page
    assert f'href="{file["path"]}" download' in page


@pytest.mark.parametrize("content", [boxes(b"heic"), b"#!AMR\n\x3c\x91", b"%PDF-1.4\n<script>alert(1)</script>"])
async def test_what_no_browser_shows_can_be_saved(
    send: Send, seen: Seen, anna: Person, case: int, content: bytes
) -> None:
    await send(received("x", content))
    [file] = await seen()
    page = await plain_page(anna, case)
    assert file["shown"] == ""
    assert f'href="{file["path"]}" download' in page
    assert f'src="{file["path"]}"' not in page


async def test_its_line_says_what_it_is_and_how_large(send: Send, seen: Seen, ben: Person, case: int) -> None:
    await send(
        Attachment("photo", name="zähler.jpg", size=240_100),
        Attachment("voice", size=12),
        Attachment("video", size=2_449_000),
        Attachment("document", size=19_600_000),
    )
    assert [file["words"] for file in await seen()] == [
        "Foto · zähler.jpg · 240\xa0kB",
        "Sprachnachricht · 1\xa0kB",
        "Video · 2,4\xa0MB",
        "Dokument · 20\xa0MB",
    ]
    assert "video · 2.4\xa0MB" in await plain_page(ben, case)


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (Attachment("photo", source="x"), "image"),
        (Attachment("sticker", source="x"), "image"),
        (Attachment("voice", source="x"), "audio"),
        (Attachment("video", source="x"), "video"),
        (Attachment("document", media_type="image/jpeg", source="x"), "image"),
        (Attachment("document", media_type="application/pdf", source="x"), ""),
    ],
)
async def test_what_is_still_coming_is_told_and_has_its_room(
    send: Send, seen: Seen, anna: Person, case: int, file: Attachment, shown: str
) -> None:
    await send(file)
    [told] = await seen()
    assert (told["coming"], told["shown"], told["path"]) == (True, shown, "")
    assert told["note"].endswith(" wird geholt …")
    page = " ".join((await plain_page(anna, case)).split())
    assert f"{told['note']} Später die Seite neu laden." in page


async def test_that_the_channel_does_not_hand_it_over_is_told_after_some_attempts(
    send: Send, seen: Seen, store: Store
) -> None:
    await send(Attachment("photo", source="x"))
    late = []
    for _ in range(4):
        await store.write(settle(partial(fetching.postpone, due_at=now())))
        [told] = await seen()
        late.append(told["late"])
    assert late == ["", "", "", "Der Kanal gibt die Datei gerade nicht her. Es wird weiter versucht."]
    assert told["note"] == "Foto wird geholt …"


async def test_what_has_come_is_shown(send: Send, seen: Seen, store: Store) -> None:
    await send(Attachment("photo", source="x"))
    content = photo(4, 4)
    await store.write(
        settle(lambda connection, wanted: fetching.keep(connection, wanted, received("photo", content, "image/png")))
    )
    [told] = await seen()
    assert (told["coming"], told["shown"], told["note"], told["words"]) == (
        False,
        "image",
        "",
        "Foto · photo.png · 1\xa0kB",
    )


@pytest.mark.parametrize(
    ("why", "german", "english"),
    [
        (Missing.GONE, "noch einmal zu senden", "Ask for it to be sent again"),
        (Missing.TOO_LARGE, "um eine kleinere bitten", "Ask for a smaller one"),
        (Missing.NOT_KEPT, "um ein Foto oder ein PDF bitten", "Ask for a photo or a PDF"),
        (Missing.UNREACHABLE, "nicht zu bekommen", "after several attempts"),
    ],
)
async def test_what_cannot_be_had_says_why_and_what_to_do(
    send: Send, seen: Seen, store: Store, ben: Person, case: int, why: Missing, german: str, english: str
) -> None:
    await send(Attachment("photo", source="x"))
    await store.write(settle(lambda connection, wanted: fetching.miss(connection, wanted, why)))
    [told] = await seen()
    assert (told["coming"], told["shown"], told["path"]) == (False, "", "")
    assert german in told["note"]
    assert english in await plain_page(ben, case)


class TestParts:
    CONTENT = bytes(range(100))

    @pytest.fixture
    async def agent(self, send: Send, anna: Person) -> Person:
        await send(Attachment("voice", name="x.ogg", media_type="audio/ogg", size=100, content=self.CONTENT))
        return anna

    @pytest.mark.parametrize(
        ("asked", "told", "part"),
        [
            ("bytes=0-", "bytes 0-99/100", slice(0, 100)),
            ("bytes=10-19", "bytes 10-19/100", slice(10, 20)),
            ("bytes=90-500", "bytes 90-99/100", slice(90, 100)),
            ("bytes=-5", "bytes 95-99/100", slice(95, 100)),
            ("bytes=-500", "bytes 0-99/100", slice(0, 100)),
        ],
    )
    async def test_a_player_gets_the_part_it_asks_for(self, agent: Person, asked: str, told: str, part: slice) -> None:
        async with agent.client.get("/desk/api/attachments/1", headers={"Range": asked}) as response:
            assert (response.status, response.headers["Content-Range"]) == (206, told)
            assert await response.read() == self.CONTENT[part]
            assert response.headers["Content-Type"] == "audio/ogg"
            assert response.headers["X-Content-Type-Options"] == "nosniff"

    async def test_behind_the_end_there_is_none(self, agent: Person) -> None:
        async with agent.client.get("/desk/api/attachments/1", headers={"Range": "bytes=100-"}) as response:
            assert (response.status, response.headers["Content-Range"]) == (416, "bytes */100")
            assert await response.read() == b""

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Range": "bytes=0-1,5-6"},
            {"Range": "bytes=9-1"},
            {"Range": "bytes=-"},
            {"Range": "chars=0-5"},
            {"Range": f"bytes={'9' * 5000}-"},
            {"Range": "bytes=0-1", "If-Range": '"of another time"'},
        ],
    )
    async def test_whoever_asks_otherwise_gets_all(self, agent: Person, headers: dict[str, str]) -> None:
        async with agent.client.get("/desk/api/attachments/1", headers=headers) as response:
            assert (response.status, response.headers["Accept-Ranges"]) == (200, "bytes")
            assert await response.read() == self.CONTENT


async def test_a_photo_that_is_a_script_as_well_runs_nowhere(send: Send, anna: Person) -> None:
    await send(received("x.js", b"GIF89a=1;alert(document.cookie)//"))
    async with anna.client.get("/desk/api/attachments/1") as response:
        assert response.headers["Content-Type"] == "image/gif"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Content-Disposition"].startswith("attachment;")


async def test_pages_load_pictures_and_sound_from_us_alone(anna: Person) -> None:
    policies = {}
    for path in ("/desk", "/desk/cases", "/sign-in", "/answers"):
        async with anna.client.get(path, allow_redirects=False) as response:
            policies[path] = response.headers["Content-Security-Policy"]
    assert all("img-src 'self';" in policy for policy in policies.values())
    assert [path for path, policy in policies.items() if "media-src 'self';" in policy] == ["/desk", "/desk/cases"]
    assert all("media-src 'none';" in policies[path] for path in ("/sign-in", "/answers"))
