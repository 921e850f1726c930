"""/desk/cases: cases for whoever has no JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.domain.reading import Urgency
from bot.storage.store import Store
from tests.integration.conftest import Person
from tests.integration.desk.words import BILL, SIM, said_right, said_urgent

NASTY = "</h1><script>alert(1)</script>"


async def page(person: Person, path: str) -> str:
    async with person.client.get(path) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        return await response.text()


async def send(person: Person, path: str, **fields: str) -> tuple[int, str]:
    """Status of a form sent off, and where it leads."""
    async with person.client.post(path, data={"csrf": person.csrf, **fields}, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", "")


async def test_the_desk_leads_here_and_the_list_to_each_case(anna: Person, open_case: Any) -> None:
    await open_case("Rechnung")
    urgent = await open_case("Es brennt", Urgency.EMERGENCY)
    assert 'href="/desk/cases"' in await page(anna, "/desk")
    shown = await page(anna, "/desk/cases")
    assert shown.index("Es brennt") < shown.index("Rechnung")
    assert f'href="/desk/cases/{urgent}"' in shown


@pytest.mark.usefixtures("publish")
async def test_a_form_sets_the_urgency(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case()
    shown = await page(anna, f"/desk/cases/{case_id}")
    assert '<option value="" selected>Bitte wählen' in shown, "normal for fraud is nothing that can be chosen"
    assert '<option value="emergency.danger">Notfall: Gefahr' in shown
    path = f"/desk/cases/{case_id}/urgency"
    assert await send(anna, path, urgency="high.fraud") == (303, f"/desk/cases/{case_id}")
    assert '<option value="high.fraud" selected>' in await page(anna, f"/desk/cases/{case_id}")
    assert await send(anna, path, urgency="low") == (303, f"/desk/cases/{case_id}")
    assert await said_urgent(store) == [(1, "high", "fraud", 1), (1, "low", "", 1)]
    for wrong in ("", "high", "high.danger", "normal.fraud", "x"):
        assert (await send(anna, path, urgency=wrong))[0] == 400
    assert len(await said_urgent(store)) == 2


@pytest.mark.usefixtures("publish")
async def test_a_form_names_the_right_answer_also_one_that_was_searched_for(
    ben: Person, store: Store, open_case: Any
) -> None:
    case_id = await open_case()
    path = f"/desk/cases/{case_id}/right-answer"
    assert f'value="{BILL}"' in await page(ben, f"/desk/cases/{case_id}")
    assert f'value="{SIM}"' in await page(ben, f"/desk/cases/{case_id}?message=1&q=sim")
    assert await send(ben, path, message="1", answer=SIM) == (303, f"/desk/cases/{case_id}")
    assert f"Right answer: Was ist {SIM}?" in await page(ben, f"/desk/cases/{case_id}")
    assert await send(ben, path, message="1", answer="") == (303, f"/desk/cases/{case_id}")
    assert "Right answer: None of our answers" in await page(ben, f"/desk/cases/{case_id}")
    assert await said_right(store) == [(1, SIM, 2), (1, None, 2)]
    for wrong in ({"message": "x"}, {"message": "9" * 30}, {"message": "1", "answer": "none-such"}, {}):
        assert (await send(ben, path, **wrong))[0] == 400
    for strange in ("message=x&q=sim", f"message={'9' * 30}", "message=²", "q=%00"):
        await page(ben, f"/desk/cases/{case_id}?{strange}")


async def test_what_customers_write_stays_text(anna: Person, open_case: Any) -> None:
    case_id = await open_case(NASTY)
    for path in ("/desk/cases", f"/desk/cases/{case_id}"):
        assert NASTY not in await page(anna, path)


@pytest.mark.parametrize("path", ["/desk/cases", "/desk/cases/1"])
async def test_outsiders_and_editors_see_nothing(
    outsider: TestClient, editor: Person, open_case: Any, path: str
) -> None:
    await open_case("geheim")
    for client in (outsider, editor.client):
        async with client.get(path) as response:
            assert "geheim" not in await response.text()


@pytest.mark.parametrize("what", ["urgency", "right-answer"])
async def test_forged_forms_do_nothing(
    anna: Person, ben: Person, editor: Person, outsider: TestClient, store: Store, open_case: Any, what: str
) -> None:
    path = f"/desk/cases/{await open_case()}/{what}"
    fields = {"urgency": "low", "message": "1", "answer": ""}
    for client, csrf in ((anna.client, ""), (anna.client, ben.csrf), (outsider, "x"), (editor.client, editor.csrf)):
        async with client.post(path, data={**fields, "csrf": csrf}) as response:
            assert response.status in (401, 403)
    assert await said_right(store) == []
    assert await said_urgent(store) == []


@pytest.mark.parametrize(("case_id", "status"), [("99", 404), ("x", 400), ("9" * 30, 400)])
async def test_there_is_no_such_case(anna: Person, case_id: str, status: int) -> None:
    async with anna.client.get(f"/desk/cases/{case_id}") as response:
        assert response.status == status
    assert (await send(anna, f"/desk/cases/{case_id}/urgency", urgency="low"))[0] == status
