"""/desk/replies/<id>/send-again and /arrived: the same by forms of the pages that need no script."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select, update

from bot.storage.store import Store
from bot.storage.tables import conversation, reply
from tests import doubts
from tests.integration.conftest import Person

DOUBT = "Wir wissen nicht, ob das angekommen ist"


async def page(person: Person, path: str) -> str:
    async with person.client.get(path) as response:
        assert response.status == 200
        return await response.text()


def field(shown: str, name: str) -> str:
    """What the form of a page holds under a name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', shown)
    assert found is not None, shown
    return html.unescape(found[1])


async def press(person: Person, path: str, act: str) -> tuple[int, str, str]:
    """Press a button of the one form on a page: (status, where it leads, what is shown there)."""
    shown = await page(person, path)
    action = re.search(rf'formaction="([^"]+/{act})" aria-label="[^"]+ Der Router blinkt rot &lt;b&gt;"', shown)
    assert action is not None, shown
    data = {name: field(shown, name) for name in ("csrf", "back", "since")}
    async with person.client.post(action[1], data=data, allow_redirects=False) as response:
        place = response.headers.get("Location", "")
        status = response.status
    return status, place, await page(person, place)


async def state(store: Store) -> str:
    return await store.read(lambda c: str(c.execute(select(reply.c.state)).scalar_one()))


@pytest.fixture
async def alone(store: Store) -> int:
    """A conversation without a case, with a reply whose send broke off."""

    def unit(connection: Any) -> int:
        made = doubts.conversation(connection)
        doubts.doubt(connection, made)
        return made

    return await store.write(unit)


@pytest.fixture
async def case(store: Store, open_case: Any) -> int:
    """A case in whose conversation the send of a reply broke off."""
    made: int = await open_case(channel="telegram")
    await store.write(lambda c: doubts.doubt(c, made))
    return made


@pytest.mark.usefixtures("alone")
async def test_the_list_empties_as_agents_decide(anna: Person, store: Store) -> None:
    assert DOUBT in await page(anna, "/desk/uncertain")
    status, place, shown = await press(anna, "/desk/uncertain", "send-again")
    assert (status, place) == (303, "/desk/uncertain?settled=1")
    assert "Wird noch einmal gesendet." in shown
    assert "Nichts ist ungewiss." in shown
    assert DOUBT not in shown
    assert await state(store) == "queued"


async def test_from_the_conversation_one_comes_back_to_the_list_when_nothing_is_left(
    anna: Person, store: Store, alone: int
) -> None:
    assert DOUBT in await page(anna, f"/desk/uncertain/{alone}")
    status, place, shown = await press(anna, f"/desk/uncertain/{alone}", "arrived")
    assert (status, place) == (303, f"/desk/uncertain/{alone}?settled=1")
    assert "Vermerkt: Es ist angekommen." in shown
    assert "Nichts ist ungewiss." in shown
    assert await state(store) == "sent"


async def test_as_long_as_something_is_left_one_stays_in_the_conversation(
    ben: Person, store: Store, alone: int
) -> None:
    await store.write(lambda c: doubts.doubt(c, alone))
    _, place, shown = await press(ben, f"/desk/uncertain/{alone}", "arrived")
    assert place == f"/desk/uncertain/{alone}?settled=1"
    assert "Noted: it arrived." in shown
    assert "sent: arrived, says Ben Okafor" in shown
    assert shown.count('formaction="/desk/replies/2/') == 2


async def test_in_a_case_it_stands_under_the_reply(anna: Person, store: Store, case: int) -> None:
    assert DOUBT in await page(anna, f"/desk/cases/{case}")
    _, place, shown = await press(anna, f"/desk/cases/{case}", "send-again")
    assert place == f"/desk/cases/{case}?settled=1"
    assert "wartet auf den Versand: noch einmal, durch Anna Kowalski" in shown
    assert await state(store) == "queued"


@pytest.mark.usefixtures("alone")
async def test_who_is_second_reads_in_their_language_what_the_first_did(
    anna: Person, ben: Person, store: Store
) -> None:
    shown = await page(ben, "/desk/uncertain")
    data = {name: field(shown, name) for name in ("csrf", "back", "since")}
    await press(anna, "/desk/uncertain", "arrived")
    async with ben.client.post("/desk/replies/1/send-again", data=data) as response:
        assert "Anna Kowalski has noted already that this reply arrived." in await response.text()
    assert await state(store) == "sent"


async def test_who_has_blocked_us_gets_nothing_and_the_page_tells(anna: Person, store: Store, alone: int) -> None:
    await store.write(lambda c: c.execute(update(conversation).values(blocked=True)) and None)
    _, _, shown = await press(anna, "/desk/uncertain", "send-again")
    assert "Nicht gesendet: Der Kunde hat uns blockiert." in shown
    assert await state(store) == "failed"


@pytest.mark.parametrize("act", ["send-again", "arrived"])
async def test_forged_forms_do_nothing(
    anna: Person, ben: Person, editor: Person, outsider: TestClient, store: Store, case: int, act: str
) -> None:
    data = {"since": field(await page(anna, f"/desk/cases/{case}"), "since"), "back": "/desk/uncertain"}
    for client, csrf in ((anna.client, ""), (anna.client, ben.csrf), (outsider, "x"), (editor.client, editor.csrf)):
        async with client.post(f"/desk/replies/1/{act}", data={**data, "csrf": csrf}) as response:
            assert response.status in (401, 403)
    assert await state(store) == "uncertain"


@pytest.mark.parametrize(
    "back",
    ["", "https://evil.example", "//evil.example", "/desk/uncertain\r\nX: y", "/desk/cases/1/../..", "/sign-out"],
)
@pytest.mark.usefixtures("alone")
async def test_a_form_leads_to_no_other_page(anna: Person, back: str) -> None:
    since = field(await page(anna, "/desk/uncertain"), "since")
    data = {"csrf": anna.csrf, "since": since, "back": back}
    async with anna.client.post("/desk/replies/1/arrived", data=data, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/desk/uncertain?settled=1")


@pytest.mark.parametrize(("reply_id", "status"), [("99", 404), ("x", 400), ("9" * 30, 400)])
@pytest.mark.usefixtures("alone")
async def test_there_is_no_such_reply(anna: Person, store: Store, reply_id: str, status: int) -> None:
    since = field(await page(anna, "/desk/uncertain"), "since")
    for act in ("send-again", "arrived"):
        for sent, expected in ((since, status), ("", 400)):
            data = {"csrf": anna.csrf, "since": sent}
            async with anna.client.post(f"/desk/replies/{reply_id}/{act}", data=data) as response:
                assert response.status == expected
    assert await state(store) == "uncertain"


@pytest.mark.parametrize("settled", ["x", "²", "-1", "9" * 30, "%00"])
@pytest.mark.usefixtures("alone")
async def test_what_is_no_reply_is_told_nothing_about(anna: Person, settled: str) -> None:
    assert 'class="callout"' not in await page(anna, f"/desk/uncertain?settled={settled}")
    assert "nichts zu entscheiden" in await page(anna, "/desk/uncertain?settled=1")
