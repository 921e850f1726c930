"""The chats of the fake Telegram, seen from the customer's side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_rules import Json, Refusal

ME: Json = {"id": 4242, "is_bot": True, "first_name": "Fernblick", "username": "fernblick_bot"}


@dataclass
class Chat:
    """One chat as its members see it. `messages` holds both sides."""

    id: int
    type: str = "private"
    topics: set[int] = field(default_factory=set)
    refusal: Refusal | None = None
    messages: list[Json] = field(default_factory=list)

    def shown(self) -> Json:
        """The chat as updates carry it."""
        return {"id": self.id, "type": self.type} | ({"title": "Gruppe"} if self.id < 0 else {"first_name": "Zoë"})


class World:
    """Chats and the updates that wait. Tests drive it (`customer_says`, `presses`…) and read what customers see (`replies`)."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.updates: deque[Json] = deque()
        self.next_update = 700_000_001
        self.allowed: list[str] = []
        self.presses_seen: set[str] = set()
        self.news = asyncio.Event()

    def chat(self, chat: int, **what: Any) -> Chat:
        """The chat with this id, made at first sight; negative ids are groups."""
        if chat not in self.chats:
            self.chats[chat] = Chat(chat, **({"type": "supergroup" if chat < 0 else "private"} | what))
        return self.chats[chat]

    def customer_says(self, chat: int, text: str, **more: Any) -> int:
        """A customer writes; returns the message's id. `more` are further fields of the message."""
        return self.customer_sends(chat, **{"text": text} | more)

    def customer_sends(self, chat: int, **content: Any) -> int:
        """A customer sends what is no text (photo=[…], document={…}), perhaps with a caption; returns the message's id."""
        message = self.add_message(chat, {"id": abs(chat), "is_bot": False, "first_name": "Zoë", "language_code": "de"})
        message |= content
        self._update("message", message)
        return int(message["message_id"])

    def customer_edits(self, chat: int, message_id: int, text: str) -> None:
        """A customer rewrites a message."""
        message = self.find(chat, message_id)
        message |= {"text": text, "edit_date": 1_790_000_100}
        self._update("edited_message", dict(message))

    def presses(self, chat: int, face: str) -> str:
        """A customer presses the button that says `face` on the latest message that has it; returns the query's id."""
        for message in reversed(self.chat(chat).messages):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in (button for button in row if button["text"] == face):
                    query = {
                        "id": f"press-{self.next_update}",
                        "from": {"id": abs(chat), "is_bot": False, "first_name": "Zoë"},
                    }
                    query |= {"message": dict(message), "chat_instance": "1", "data": button["callback_data"]}
                    self.presses_seen.add(str(query["id"]))
                    self._update("callback_query", query)
                    return str(query["id"])
        raise AssertionError(f"no button says {face!r} in chat {chat}")

    def blocks(self, chat: int) -> None:
        """The customer blocks the bot."""
        self.chat(chat).refusal = Refusal(403, "Forbidden: bot was blocked by the user")
        member = {"user": ME, "status": "kicked", "until_date": 0}
        change = {"chat": self.chat(chat).shown(), "from": {"id": abs(chat), "is_bot": False, "first_name": "Zoë"}}
        was = {"user": ME, "status": "member"}
        self._update(
            "my_chat_member", change | {"date": 1_790_000_000, "old_chat_member": was, "new_chat_member": member}
        )

    def send_update(self, kind: str, body: Any) -> None:
        """Any other update, exactly as given."""
        self._update(kind, body)

    def replies(self, chat: int) -> list[str]:
        """The bot's texts in a chat, in order."""
        return [message["text"] for message in self.chat(chat).messages if message["from"] == ME]

    def buttons(self, chat: int) -> list[str]:
        """What the buttons in a chat say now."""
        keyboards = (message.get("reply_markup", {}).get("inline_keyboard", []) for message in self.chat(chat).messages)
        return [button["text"] for rows in keyboards for row in rows for button in row]

    async def until(self, so: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until `so` holds, looking again at everything that happens; TimeoutError if it never does."""
        async with asyncio.timeout(seconds):
            while not so():
                await self.news.wait()

    def find(self, chat: int, message_id: int) -> Json:
        """A message by its id; raises Refusal as Telegram does."""
        for message in self.chat(chat).messages:
            if message["message_id"] == message_id:
                return message
        raise Refusal(400, "Bad Request: message to edit not found")

    def add_message(self, chat: int, sender: Json) -> Json:
        """A new message in a chat, still without content."""
        here = self.chat(chat)
        message = {"message_id": len(here.messages) + 1, "from": sender, "chat": here.shown(), "date": 1_790_000_000}
        here.messages.append(message)
        return message

    def _update(self, kind: str, body: Any) -> None:
        if not self.allowed or kind in self.allowed:
            self.updates.append({"update_id": self.next_update, kind: body})
        self.next_update += 1
        self.stir()

    def stir(self) -> None:
        """Something happened: wake whoever waits."""
        self.news.set()
        self.news = asyncio.Event()
