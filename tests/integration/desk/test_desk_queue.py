"""/desk and /desk/api/queue: what agents see first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from bot.domain.reading import Urgency
from bot.storage.store import Store
from bot.storage.tables import staff
from tests.integration.conftest import Person


async def test_the_queue_is_ordered_by_urgency_then_waiting_time(anna: Person, open_case: Any) -> None:
    low = await open_case("Danke", Urgency.LOW, channel="telegram")
    first = await open_case("Rechnung", Urgency.NORMAL, channel="web")
    second = await open_case("Rechnung", Urgency.NORMAL, channel="telegram")
    emergency = await open_case("Notruf", Urgency.EMERGENCY, channel="web")
    status, queue = await anna.get("queue")
    assert status == 200
    assert [row["id"] for row in queue["cases"]] == [emergency, first, second, low]
    assert queue["me"] == {"id": 1, "name": "Anna Kowalski", "role": "agent"}
    row = queue["cases"][0]
    assert {"id", "state", "urgency", "reason", "opening", "opened_at", "staff", "mine", "language", "channel"} <= set(
        row
    )
    assert (row["urgency"], row["state"], row["staff"], row["mine"]) == ("emergency", "waiting", None, False)


async def test_an_editor_gets_a_page_that_says_why_not(editor: Person) -> None:
    async with editor.client.get("/desk") as response:
        assert response.status == 403
        assert "Edi Tor" in await response.text()


async def test_the_page_cannot_be_broken_out_of_by_a_name(anna: Person, store: Store) -> None:
    renamed = update(staff).where(staff.c.login == "anna").values(name="</script><script>alert(1)</script>")
    await store.write(lambda connection: connection.execute(renamed) and None)
    async with anna.client.get("/desk") as response:
        assert "<script>alert" not in await response.text()
