"""Which conversations are one person's is said by agents, can be taken back, and shows no one else's words."""

from __future__ import annotations

from typing import Any

from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.storage.store import Store
from bot.storage.tables import conversation, customer, log
from tests.integration.conftest import Person


async def test_two_cases_of_one_person_are_linked_and_read_beside_each_other(
    anna: Person, store: Store, open_case: Any
) -> None:
    here, there = await open_case("Mein Geld ist weg"), await open_case("Auf X gefragt", channel="x")
    status, shown = await anna.post(f"cases/{here}/link", {"case": there})
    assert status == 200
    [linked] = shown["linked"]
    assert (linked["channel"], linked["case_id"]) == ("x", there)
    async with anna.client.get(f"/desk/cases/{here}/linked/{linked['id']}") as page:
        assert "Auf X gefragt" in await page.text()
    _, seen = await anna.get(f"cases/{there}")
    assert [one["case_id"] for one in seen["linked"]] == [here]
    assert len(await store.read(lambda c: c.execute(select(customer.c.id)).all())) == 1
    actions = await store.read(lambda c: c.execute(select(log.c.action)).scalars().all())
    assert "customer.link" in actions


async def test_a_link_can_be_taken_back(anna: Person, store: Store, open_case: Any) -> None:
    here, there = await open_case("eins"), await open_case("zwei")
    _, shown = await anna.post(f"cases/{here}/link", {"case": there})
    other = shown["linked"][0]["id"]
    status, shown = await anna.post(f"cases/{here}/unlink", {"conversation": other})
    assert (status, shown["linked"]) == (200, [])
    owners = await store.read(lambda c: c.execute(select(conversation.c.customer_id)).scalars().all())
    assert len(set(owners)) == 2
    assert (await anna.post(f"cases/{here}/unlink", {"conversation": other}))[0] == 409


async def test_a_case_is_not_linked_with_itself_or_with_nothing(anna: Person, open_case: Any) -> None:
    here = await open_case("eins")
    assert (await anna.post(f"cases/{here}/link", {"case": here}))[0] == 400
    assert (await anna.post(f"cases/{here}/link", {"case": 4711}))[0] == 404
    assert (await anna.post(f"cases/{here}/link", {"case": "1"}))[0] == 400


async def test_a_conversation_that_is_not_linked_is_not_shown(anna: Person, open_case: Any) -> None:
    here, there = await open_case("eins"), await open_case("ganz geheim")
    async with anna.client.get(f"/desk/cases/{here}/linked/{there}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/desk#case-{here}")
        assert "geheim" not in await answer.text()


async def test_an_outsider_links_and_reads_nothing(outsider: TestClient, open_case: Any) -> None:
    here, there = await open_case("eins"), await open_case("zwei")
    async with outsider.post(f"/desk/api/cases/{here}/link", json={"case": there}) as answer:
        assert answer.status in (401, 403)
    async with outsider.get(f"/desk/cases/{here}/linked/{there}", allow_redirects=False) as answer:
        assert answer.status in (302, 303)
        assert "/sign-in" in answer.headers["Location"]
