"""What agents say of whose conversations are whose. Any agent may; it is written down, and can be taken back."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.errors import RequestRejected
from bot.storage import cases, persons
from bot.storage.live import Live
from bot.storage.store import Store
from bot.storage.transcript import Item, transcript


class Persons:
    """Links conversations of one person, and shows them beside each other."""

    def __init__(self, store: Store, live: Live) -> None:
        self._store = store
        self._live = live

    async def link(self, case_id: int, other_case_id: int, staff_id: int) -> None:
        """Both cases are one person's. RequestRejected where there is no such case, or they are the same conversation."""

        def unit(connection: Connection) -> None:
            here, there = (_conversation_of(connection, one) for one in (case_id, other_case_id))
            if here == there:
                raise RequestRejected("these are cases of one conversation already")
            persons.link(connection, here, there, f"staff:{staff_id}")

        await self._store.write(unit)
        self._live.tell("desk", f"case:{case_id}")
        self._live.tell("desk", f"case:{other_case_id}")

    async def unlink(self, case_id: int, conversation_id: int, staff_id: int) -> None:
        """This conversation is not of the case's person after all. StorageConflict where nobody said it was."""
        await self._store.write(
            lambda connection: persons.unlink(
                connection, _conversation_of(connection, case_id), conversation_id, f"staff:{staff_id}"
            )
        )
        self._live.tell("desk", f"case:{case_id}")

    async def story(self, case_id: int, conversation_id: int) -> list[Item] | None:
        """What was said in another conversation of the case's person; None for any other, which is nobody's business here."""

        def view(connection: Connection) -> list[Item] | None:
            if not persons.is_linked(connection, _conversation_of(connection, case_id), conversation_id):
                return None
            return transcript(connection, conversation_id)

        return await self._store.read(view)


def _conversation_of(connection: Connection, case_id: int) -> int:
    row = cases.load_case(connection, case_id)
    if row is None:
        raise RequestRejected("there is no such case", status=404)
    return row.conversation_id
