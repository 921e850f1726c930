"""A page's or an Instagram account's private conversations in the fake Graph API, seen from the customer's side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.graph import APP, FakeGraph, milliseconds
from tests.fakes.graph_rules import Json, Refusal, check_send, check_window, only


@dataclass
class Thread:
    """A private conversation as the customer sees it. `heard`: when they last wrote."""

    heard: datetime | None = None
    messages: list[Json] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    refusal: Refusal | None = None


class Inbox:
    """Tests drive it (`says`, `presses`, `happens`…) and read what customers see (`texts`). `origin` is Meta's object, `id` ours."""

    def __init__(self, graph: FakeGraph, origin: str, account: str) -> None:
        self.graph = graph
        self.origin = origin
        self.id = account
        self.threads: dict[str, Thread] = {}
        self._number = 0

    def thread(self, customer: str) -> Thread:
        """The conversation with a customer."""
        return self.threads.setdefault(customer, Thread())

    def texts(self, customer: str) -> list[str]:
        """Our words to a customer, in order."""
        return [message["text"] for message in self.thread(customer).messages]

    def faces(self, customer: str) -> list[str]:
        """What the quick replies below the last message say."""
        return [reply["title"] for reply in self.thread(customer).messages[-1].get("quick_replies", [])]

    def says(self, customer: str, text: str, **more: Any) -> str:
        """A customer writes; returns the message's id. `more` are further fields of the message."""
        return self._comes(customer, {"text": text} | more)

    def sends(self, customer: str, kind: str, url: str) -> str:
        """A customer sends a file of this kind ("image"), which Meta has at `url`; returns the message's id."""
        return self._comes(customer, {"attachments": [{"type": kind, "payload": {"url": url}}]})

    def presses(self, customer: str, face: str) -> str:
        """A customer presses the quick reply with this title below the last message; returns the message's id."""
        for reply in self.thread(customer).messages[-1].get("quick_replies", []):
            if reply["title"] == face:
                return self.says(customer, face, quick_reply={"payload": reply["payload"]})
        raise AssertionError(f"no quick reply says {face!r}")

    def happens(self, customer: str, container: str = "messaging", **what: Any) -> None:
        """Any update that comes from a customer."""
        self._notify(customer, self.id, container, what)

    def answers_itself(self, customer: str, text: str, app: str | None = None) -> str:
        """A person answers in Meta's own inbox, or another app does; returns the message's id."""
        mid = self._next()
        self._echo(customer, {"mid": mid, "text": text}, app)
        return mid

    async def send(self, body: Json) -> Json:
        """What the Send API does with a body for one of our customers."""
        instagram = self.origin == "instagram"
        check_send(body, instagram=instagram)
        only(body["recipient"], {"id"}, "recipient")
        thread = self.threads[body["recipient"]["id"]]
        if thread.refusal:
            raise thread.refusal
        check_window(body, self.graph.now, thread.heard, instagram=instagram)
        if "sender_action" in body:
            thread.actions.append(body["sender_action"])
            return {"recipient_id": body["recipient"]["id"]}
        return self.deliver(body["recipient"]["id"], body["message"])

    def deliver(self, customer: str, message: Json) -> Json:
        """A message of the app arrives, and comes back as an echo."""
        mid = self._next()
        self.thread(customer).messages.append(message | {"mid": mid})
        self._echo(customer, {"mid": mid} | message, APP)
        return {"recipient_id": customer, "message_id": mid}

    def _comes(self, customer: str, message: Json) -> str:
        mid = self._next()
        self.thread(customer).heard = self.graph.now
        self.happens(customer, message={"mid": mid} | message)
        return mid

    def _echo(self, customer: str, message: Json, app: str | None) -> None:
        named = app and self.origin == "page"  # Instagram names no app
        said = message | {"is_echo": True} | ({"app_id": int(app)} if named else {})
        self._notify(self.id, customer, "messaging", {"message": said})

    def _notify(self, sender: str, recipient: str, container: str, what: Json) -> None:
        update = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": milliseconds(self.graph.now)}
        self.graph.notify(self.origin, self.id, {container: [update | what]})

    def _next(self) -> str:
        self._number += 1
        return f"m_{self.origin}_{self._number:06}"
